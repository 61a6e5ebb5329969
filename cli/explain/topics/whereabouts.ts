import { isNotableGap } from '../../../ledger/verdict.ts';
import { formatCores, formatDuration, formatPercent } from '../../render/numbers.ts';
import { offenderName, offenderShares } from '../../render/offender-words.ts';
import type { Evidence, Neighbour } from '../evidence.ts';
import { cpu, say, type Statement, type Topic } from '../explanation.ts';
import { fileOf } from '../kernel-files.ts';
import { counted, listed } from '../../render/words.ts';
import { displayName } from '../../render/container-name.ts';

export const describeWhereabouts: Topic = (evidence, places) => {
  const { container, hostCores: host, onlineCpuCount } = evidence;
  const cpus = fileOf('cpus', container.path, places);
  const hostState = say(
    `The host's ${counted(onlineCpuCount, 'CPU')}: ${formatCores(host.busySeconds)} busy, ${formatCores(host.idleSeconds)} idle, ${formatCores(host.stealSeconds)} stolen by the hypervisor.`,
    cpus,
  );
  const isKnown = !container.quality.includes('no_cpu_times');
  return [
    ...(isKnown && isNotableGap(container) ? splitOfGap(evidence, cpus) : []),
    ...(isKnown ? [hostState] : []),
    ...offenderStatements(evidence, fileOf('exact-pairs', container.path, places)),
    ...usersOfCpu(evidence),
  ];
};

function splitOfGap({ container }: Evidence, cpus: string): readonly Statement[] {
  const { phantom, taken, phantomConcurrent, phantomDeferred } = container.whereabouts;
  const least = 0.01 * container.gap.estimate;
  const statements: Statement[] = [];
  if (taken > least) {
    statements.push(
      say(`${cpu(container, taken)} was taken: every CPU it may use was busy with somebody else.`, cpus),
    );
  }
  if (phantom > least) {
    const split =
      phantomConcurrent === undefined || phantomDeferred === undefined
        ? ''
        : ` (${cpu(container, phantomConcurrent)} at the very moment it waited, ${cpu(container, phantomDeferred)} later, when it had no further thread to use it)`;
    statements.push(
      say(
        `${cpu(container, phantom)} was phantom: that much CPU stood idle on CPUs it may use, and it could not use it${split}.`,
        cpus,
      ),
    );
  }
  return statements;
}

const mostNeighbours = 3;

function usersOfCpu({ neighbours, outsideCores }: Evidence): readonly Statement[] {
  const outside =
    outsideCores >= 0.01
      ? [
          say(
            `Outside of all containers ${formatCores(outsideCores)} CPU were used, by host processes and the kernel.`,
          ),
        ]
      : [];
  if (neighbours.length === 0) return [say('No other container used a notable amount of CPU.'), ...outside];
  const shown = neighbours.slice(0, mostNeighbours).map(neighbourWords);
  const rest = neighbours.length - shown.length;
  const more = rest > 0 ? `, and ${counted(rest, 'other container')} less` : '';
  return [say(`Beside it: ${listed(shown)}${more}.`), ...outside];
}

function neighbourWords({ ledger, cores, borrowedCores }: Neighbour): string {
  const used = `${displayName(ledger)} used ${formatCores(cores)} CPU`;
  if (ledger.reservation === undefined) return `${used} with nothing reserved`;
  const reserved = `${formatCores(ledger.reservation.cores)} reserved`;
  return `${used} (${reserved}${borrowedCores > 0.01 ? `, ${formatCores(borrowedCores)} borrowed` : ''})`;
}

/** Behind whom it waited: only the exact source sees that. */
function offenderStatements({ container }: Evidence, pairs: string): readonly Statement[] {
  const { offenders, windowSeconds } = container;
  const shares = offenderShares(container);
  if (offenders === undefined || shares.length === 0) return [];
  const words = shares
    .slice(0, mostNeighbours)
    .map(
      ({ offender, share }) =>
        `${formatDuration(offender.waitSeconds / windowSeconds)} behind ${offenderName(offender)} (${formatPercent(share)})`,
    );
  const rest = shares.slice(mostNeighbours).reduce((sum, { share }) => sum + share, 0);
  const more =
    rest >= 0.005
      ? `; the other ${formatPercent(rest)} behind ${counted(shares.length - mostNeighbours, 'more cgroup')}`
      : '';
  return [
    say(`In each second its threads waited ${listed(words)} of all waiting behind others${more}.`, pairs),
  ];
}

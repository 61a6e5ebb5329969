import type { ContainerLedger } from '../../../ledger/ledger.ts';
import { isNotableGap } from '../../../ledger/verdict.ts';
import { formatBounds } from '../../render/container-table.ts';
import { formatCores, formatPercent } from '../../render/numbers.ts';
import { printable } from '../../render/words.ts';
import type { Evidence } from '../evidence.ts';
import { cpu, say, type Statement, type Topic } from '../explanation.ts';
import { demandFileOf, fileOf } from '../kernel-files.ts';

export const describeAmounts: Topic = (evidence, places) => {
  const { container } = evidence;
  const usage = fileOf('usage', container.path, places);
  const received = say(`It received ${cpu(container, container.received)}.`, usage);
  if (container.reservation === undefined) {
    return [
      say(
        'Nobody says what is reserved for it, so nothing can be missing: name it in a --reservations file, or set a CPU request on its pod.',
      ),
      received,
    ];
  }
  const { reservation } = container;
  return [
    say(`${formatCores(reservation.cores)} CPU are reserved for it: ${printable(reservation.source)}.`),
    wanted(container, usage, demandFileOf(container, places)),
    received,
    missed(evidence),
    ...surplus(container),
  ];
};

function wanted(container: ContainerLedger, usage: string, demand: string): Statement {
  const bounds = formatBounds(container.entitled, container.windowSeconds);
  const certainty = bounds === '' ? '' : `, for sure between ${bounds.replace('-', ' and ')}`;
  return say(
    `It wanted ${cpu(container, container.entitled.estimate)} of them${certainty}: what its threads ran or waited to run, up to the reservation.`,
    usage,
    demand,
  );
}

function missed(evidence: Evidence): Statement {
  const { container, windowCount } = evidence;
  const bounds = formatBounds(container.gap, container.windowSeconds);
  const certainty = bounds === '' ? '' : `, for sure between ${bounds.replace('-', ' and ')}`;
  if (!isNotableGap(container)) {
    return say(
      `It missed nothing worth a word: a gap of ${cpu(container, container.gap.estimate)}${certainty}.`,
    );
  }
  const share = formatPercent(container.gap.estimate / container.entitled.estimate);
  const [least, greatest] = [evidence.leastGapCores, evidence.greatestGapCores].map(formatCores);
  const spread =
    windowCount < 2
      ? ''
      : ` In ${windowCount} windows the gap was between ${least ?? ''} and ${greatest ?? ''}.`;
  return say(
    `It missed ${cpu(container, container.gap.estimate)}, ${share} of what it was entitled to${certainty}.${spread}`,
  );
}

function surplus(container: ContainerLedger): readonly Statement[] {
  const reserved = (container.reservation?.cores ?? 0) * container.windowSeconds;
  const notable = 0.01 * reserved;
  return [
    ...(container.unclaimed > notable
      ? [say(`${cpu(container, container.unclaimed)} of the reservation it did not want.`)]
      : []),
    ...(container.borrowed > notable
      ? [
          say(
            `${cpu(container, container.borrowed)} it received beyond its entitlement, from what others left.`,
          ),
        ]
      : []),
  ];
}

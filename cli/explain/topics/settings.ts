import type { Evidence } from '../evidence.ts';
import { formatCores, formatPercent } from '../../render/numbers.ts';
import { counted, printable } from '../../render/words.ts';
import { say, type Statement, type Topic } from '../explanation.ts';
import { fileOf, type FilePlaces } from '../kernel-files.ts';
import { deriveWeightRemedy, type WeightLevel, type WeightPromise } from '../weight-promise.ts';
import { mainCause } from '../../../ledger/causes.ts';
import { isNotableGap } from '../../../ledger/verdict.ts';

/** Weight level by level against siblings, what it promises, and the CPUs allowed. Quotas have their own section. */
export const describeSettings: Topic = (evidence, places) => {
  const { container, weights, onlineCpuCount } = evidence;
  const { allowedCpus, allowedCpuCount } = container.settings;
  const cpuset =
    allowedCpus === undefined
      ? []
      : [
          say(
            allowedCpuCount === onlineCpuCount
              ? `It may use all ${counted(onlineCpuCount, 'CPU')} (${allowedCpus}).`
              : `It may use ${allowedCpuCount ?? '?'} of ${counted(onlineCpuCount, 'CPU')}: ${allowedCpus}.`,
            fileOf('cpuset', container.path, places),
          ),
        ];
  if (weights === undefined)
    return [...cpuset, say('The weights in force could not be read at every level.')];
  return [
    ...weights.levels.map((level) => levelStatement(level, places)),
    ...promiseStatements(evidence, weights),
    ...outsideStatements(evidence),
    ...cpuset,
  ];
};

function levelStatement(level: WeightLevel, places: FilePlaces): Statement {
  const unit = level.unit === 'shares' ? 'cpu.shares' : 'cpu.weight';
  const active = level.siblings.filter((sibling) => sibling.active);
  const sum = (siblings: WeightLevel['siblings']): string =>
    tidy(siblings.reduce((total, { weight }) => total + weight, 0));
  const idle = level.idle ? ' (cpu.idle: it runs only when nobody else wants to)' : '';
  const against =
    level.siblings.length === 0
      ? 'no known sibling'
      : active.length === level.siblings.length
        ? `${counted(active.length, 'busy sibling')} with ${sum(active)}, which leaves it ${formatPercent(level.share)}`
        : `${counted(level.siblings.length, 'sibling')} with ${sum(level.siblings)}, which leaves it ${formatPercent(level.share)}; ${active.length === 0 ? 'none of them was busy' : `${active.length} busy with ${sum(active)}, which leaves it ${formatPercent(level.shareOfActive)}`}`;
  return say(
    `${printable(level.path)}: ${unit} ${tidy(level.own)}${idle} against ${against}.`,
    fileOf('weight', level.path, places),
  );
}

const notableOutsideCores = 0.05;

const tidy = (weight: number): string => (Number.isInteger(weight) ? String(weight) : weight.toFixed(2));

/** Where a weight is too small and where it is large enough but is not kept: two different remedies. */
function promiseStatements(
  { container, onlineCpuCount }: Evidence,
  weights: WeightPromise,
): readonly Statement[] {
  const cpus = container.settings.allowedCpuCount ?? onlineCpuCount;
  const [beside, atLeast] = [weights.coresOfActive, weights.cores].map(formatCores);
  const least = beside === atLeast ? '' : `, ${atLeast ?? ''} if all siblings were`;
  const promise = `So its weights promise ${beside ?? ''} of ${counted(cpus, 'CPU')} beside the siblings that were busy${least}`;
  const reserved = container.reservation?.cores;
  if (reserved === undefined) return [say(`${promise}.`)];
  const backed = `${formatCores(reserved)} CPU reserved`;
  if (deriveWeightRemedy(weights, reserved).kind !== 'enough') {
    return [say(`${promise}: less than the ${backed}. The weight does not back the reservation.`)];
  }
  const isShared = isNotableGap(container) && mainCause(container.causes) === 'runqueue_sharing';
  return [
    say(
      isShared
        ? `${promise}, which would back the ${backed} if the load were spread as the weights are. The kernel divides each CPU on its own: where its threads meet more of a neighbour's, the weight gives less.`
        : `${promise}, which backs the ${backed}.`,
    ),
  ];
}

/** Threads in no cgroup stand beside the cgroups of the top level, each for itself (kernel/sched/fair.c: the root's queue). */
function outsideStatements({ outsideCores }: Evidence): readonly Statement[] {
  if (outsideCores < notableOutsideCores) return [];
  return [
    say(
      `That leaves out the ${formatCores(outsideCores)} CPU used outside of all containers: there each thread in the root cgroup counts as much as a whole top-level cgroup of default weight.`,
    ),
  ];
}

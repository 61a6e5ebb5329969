/**
 * The fluid model: what every group of a ModelHost receives in the long run, as if CPUs could be shared in arbitrarily
 * small pieces. Hierarchical weighted fair shares per CPU over a placement of threads, water-filling, quota periods,
 * barrier sets; averaged over the placements that are equally balanced. Microseconds to milliseconds, so that a planner
 * can ask it often. It knows no latency, no slices and no wake-up placement: events.ts does. docs/prediction.md says
 * how far both are from the kernel.
 */
import { averageOverPeriods, type Averages } from './fluid-periods.ts';
import { placementsOf } from './fluid-placement.ts';
import { affinityOf, ratesOf, sumByGroup } from './fluid-rates.ts';
import { treeOf, type ModelTree } from './model-tree.ts';
import type { GroupPrediction, ModelHost, Prediction } from './scheduler-model.ts';
import { wantedByGroup } from './wanted.ts';

/** Throws RangeError for a host that cannot be: see treeOf. */
export function predictFluid(host: ModelHost): Prediction {
  const tree = treeOf(host);
  const mayRun = affinityOf(tree, host.cpus.cpus);
  const placements = placementsOf(host, tree);
  const averages = placements.map((stays) =>
    averageOverPeriods(tree, (stopped) => ratesOf(tree, stays, mayRun, stopped)),
  );
  const received = meanOf(averages, 'received');
  const used = received.reduce((sum, rate) => sum + rate, 0);
  return {
    groups: predictionsOf(tree, received, meanOf(averages, 'waited'), meanOf(averages, 'throttled')),
    idleCores: Math.max(0, host.cpus.cpus.length - used),
  };
}

function predictionsOf(
  tree: ModelTree,
  received: readonly number[],
  waited: readonly number[],
  throttled: readonly number[],
): readonly GroupPrediction[] {
  const [receivedBy, waitedBy, wanted] = [
    sumByGroup(tree, received),
    sumByGroup(tree, waited),
    wantedByGroup(tree),
  ];
  return tree.groups.map(({ path }, group) => {
    const rounds = roundsOf(tree, group, received);
    return {
      path,
      receivedCores: receivedBy[group] ?? 0,
      wantedCores: wanted[group] ?? 0,
      waitCores: waitedBy[group] ?? 0,
      throttledCores: throttled[group] ?? 0,
      ...(rounds !== undefined && { roundsPerSecond: rounds }),
    };
  });
}

/** Pieces of work that its own threads finish; a round of a barrier set counts once. */
function roundsOf(tree: ModelTree, group: number, received: readonly number[]): number | undefined {
  const sets = new Map<string, number>();
  let rounds: number | undefined;
  for (const [thread, { group: own, program }] of tree.threads.entries()) {
    if (own !== group || program.kind === 'spin') continue;
    const perSecond = ((received[thread] ?? 0) * 1e9) / program.workNs;
    if (program.kind === 'barrier') sets.set(program.set, perSecond);
    else rounds = (rounds ?? 0) + perSecond;
  }
  for (const perSecond of sets.values()) rounds = (rounds ?? 0) + perSecond;
  return rounds;
}

function meanOf(averages: readonly Averages[], key: keyof Averages): readonly number[] {
  const [first] = averages;
  if (!first || averages.length === 1) return first?.[key] ?? [];
  return first[key].map(
    (_, i) => averages.reduce((sum, each) => sum + (each[key][i] ?? 0), 0) / averages.length,
  );
}

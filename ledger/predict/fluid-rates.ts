/** Rates for threads in a placement while some groups are stopped by their quota. */
import type { ModelTree } from './model-tree.ts';
import { paceBarriers } from './fluid-barriers.ts';
import { pullOnce } from './fluid-pulling.ts';
import { receivedByThread, sharesOf, type Demand, type Stays } from './fluid-shares.ts';
import { demandOf } from './wanted.ts';

export interface Rates {
  /** By thread, in CPUs. */
  readonly received: readonly number[];
  readonly waited: readonly number[];
  /** By group, with all below it. */
  readonly byGroup: readonly number[];
  /** By group: CPUs on which it has threads. */
  readonly queues: readonly number[];
}

/** Pulls in a row; what is still idle then beside a waiting thread stays so. */
const mostPulls = 8;

/** Whether a thread may run on the CPU with this index. */
export type MayRun = (thread: number, cpu: number) => boolean;

/** Threads of a group share one list of CPUs, which is looked through once. */
export function affinityOf({ threads }: ModelTree, cpuNumbers: readonly number[]): MayRun {
  const sets = new Map<readonly number[], ReadonlySet<number>>();
  const allowed = threads.map(({ cpus }) => {
    const set = sets.get(cpus) ?? new Set(cpus);
    sets.set(cpus, set);
    return set;
  });
  return (thread, cpu) => allowed[thread]?.has(cpuNumbers[cpu] ?? -1) === true;
}

export function ratesOf(tree: ModelTree, placed: Stays, mayRun: MayRun, stopped: ReadonlySet<number>): Rates {
  const isStopped = stoppedGroups(tree, stopped);
  const wanted: Demand = {
    most: tree.threads.map(({ group, program }) => (isStopped[group] === true ? 0 : demandOf(program))),
    runnable: tree.threads.map(({ program }) => demandOf(program)),
  };
  let stays = placed;
  let demand = paceBarriers(tree, stays, wanted);
  let shares = sharesOf(tree, stays, demand);
  for (let pulls = 0; pulls < mostPulls; pulls++) {
    const after = pullOnce(stays, shares, wanted, demand, mayRun);
    if (!after) break;
    stays = after;
    demand = paceBarriers(tree, stays, wanted);
    shares = sharesOf(tree, stays, demand);
  }
  const received = receivedByThread(stays, shares, tree.threads.length);
  return {
    received,
    waited: received.map((rate, thread) => waitedBy(rate, demand, thread)),
    byGroup: sumByGroup(tree, received),
    queues: queuesByGroup(tree, placed),
  };
}

/** Who gets less than it wants is always runnable; who gets it all waits less than a fluid can tell: not at all. */
function waitedBy(rate: number, { most, runnable }: Demand, thread: number): number {
  const want = most[thread] ?? 0;
  if (want <= 0) return 0;
  const part = rate < want - 1e-6 ? 1 : (runnable[thread] ?? 1);
  return Math.max(0, part - rate);
}

function stoppedGroups({ groups }: ModelTree, stopped: ReadonlySet<number>): readonly boolean[] {
  const all: boolean[] = [];
  for (const [i, { parent }] of groups.entries()) all.push(stopped.has(i) || all[parent] === true);
  return all;
}

export function sumByGroup({ groups, threads }: ModelTree, values: readonly number[]): readonly number[] {
  const sums = groups.map(() => 0);
  for (const [thread, { group }] of threads.entries())
    sums[group] = (sums[group] ?? 0) + (values[thread] ?? 0);
  for (let i = groups.length - 1; i >= 0; i--) {
    const { parent = -1 } = groups[i] ?? {};
    if (parent >= 0) sums[parent] = (sums[parent] ?? 0) + (sums[i] ?? 0);
  }
  return sums;
}

function queuesByGroup(tree: ModelTree, stays: Stays): readonly number[] {
  const queues = tree.groups.map(() => 0);
  for (const here of stays) {
    const seen = new Set<number>();
    for (const { thread } of here) {
      for (let group = tree.threads[thread]?.group ?? -1; group >= 0 && !seen.has(group);) {
        seen.add(group);
        queues[group] = (queues[group] ?? 0) + 1;
        group = tree.groups[group]?.parent ?? -1;
      }
    }
  }
  return queues;
}

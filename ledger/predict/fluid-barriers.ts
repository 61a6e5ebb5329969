/**
 * Barrier sets in the fluid model. A set advances at the pace of its slowest thread, and more than that: while one of
 * its threads waits behind a neighbour, the others sleep, and what the neighbours of those others run meanwhile is not
 * counted against their share. So the waits on the CPUs of a set do not overlap, they add up: with W(c) the work of a
 * round on CPU c and f(c) the set's share there while it is runnable, a round takes
 *
 *     max over c of W(c)  +  sum over c of W(c) x (1 - f(c)) / f(c)
 *
 * and never less than the work of its longest thread, which runs on one CPU at a time however many it stays on.
 */
import type { ModelTree } from './model-tree.ts';
import {
  shareCpu,
  weighGroups,
  type Demand,
  type GroupWeights,
  type Stay,
  type Stays,
} from './fluid-shares.ts';

/** Fixed-point iterations; the runnable part of the time moves the weights, which move the shares. */
const iterations = 3;

interface Member {
  readonly thread: number;
  readonly workNs: number;
}

/** Set -> its threads. */
function setsOf({ threads }: ModelTree): readonly (readonly Member[])[] {
  const sets = new Map<string, Member[]>();
  for (const [thread, { program }] of threads.entries()) {
    if (program.kind !== 'barrier') continue;
    const members = sets.get(program.set) ?? [];
    members.push({ thread, workNs: program.workNs });
    sets.set(program.set, members);
  }
  return [...sets.values()];
}

/** The demand with every set held to its pace; a set with a stopped thread stands still. */
export function paceBarriers(tree: ModelTree, stays: Stays, demand: Demand): Demand {
  const sets = setsOf(tree);
  if (sets.length === 0) return demand;
  const places = placesOf(tree, stays);
  const most = [...demand.most];
  const runnable = [...demand.runnable];
  for (const members of sets) {
    const isStopped = members.some(({ thread }) => (demand.most[thread] ?? 0) <= 0);
    for (const { thread } of members) most[thread] = isStopped ? 0 : 1;
  }
  for (let turn = 0; turn < iterations; turn++) {
    const weights = weighGroups(tree, stays, { most, runnable });
    for (const members of sets) {
      if ((most[members[0]?.thread ?? -1] ?? 0) <= 0) continue;
      paceSet(tree, stays, members, places, weights, most, runnable);
    }
  }
  return { most, runnable };
}

/** By thread the indexes of the CPUs on which it stays. */
function placesOf({ threads }: ModelTree, stays: Stays): readonly (readonly number[])[] {
  const places: number[][] = threads.map(() => []);
  for (const [cpu, here] of stays.entries()) for (const { thread } of here) places[thread]?.push(cpu);
  return places;
}

/** A set on one CPU: its work of a round there, and how long that takes once all its threads can run. */
interface Station {
  readonly cpu: number;
  readonly workNs: number;
  readonly waitNs: number;
}

function paceSet(
  tree: ModelTree,
  stays: Stays,
  members: readonly Member[],
  places: readonly (readonly number[])[],
  weights: GroupWeights,
  most: number[],
  runnable: number[],
): void {
  for (const { thread } of members) most[thread] = 1;
  const works = new Map(members.map(({ thread, workNs }) => [thread, workNs]));
  const cpus = new Set(members.flatMap(({ thread }) => places[thread] ?? []));
  const stations = [...cpus].map((cpu): Station => {
    const shares = shareCpu(tree, stays, cpu, { most, runnable }, weights);
    return stationOf(cpu, stays[cpu] ?? [], shares, works);
  });
  const longestNs = Math.max(...stations.map(({ workNs }) => workNs), ...works.values());
  const roundNs = longestNs + stations.reduce((sum, { waitNs }) => sum + waitNs, 0);
  for (const { thread, workNs } of members) most[thread] = workNs / roundNs;
  for (const { thread } of members) {
    const own = stations.filter(({ cpu }) => places[thread]?.includes(cpu));
    const busyNs =
      own.reduce((sum, { workNs, waitNs }) => sum + workNs + waitNs, 0) / Math.max(1, own.length);
    runnable[thread] = Math.min(1, busyNs / roundNs);
  }
}

function stationOf(
  cpu: number,
  here: readonly Stay[],
  shares: readonly number[],
  works: ReadonlyMap<number, number>,
): Station {
  let [workNs, share, part] = [0, 0, 0];
  for (const [i, stay] of here.entries()) {
    const own = works.get(stay.thread);
    if (own === undefined) continue;
    workNs += own * stay.part;
    share += shares[i] ?? 0;
    part += stay.part;
  }
  // A set that is on a CPU for a part of the time only can have that part of it at most.
  const held = Math.min(1, Math.max(share / Math.min(1, part), 1e-9));
  return { cpu, workNs, waitNs: (workNs * (1 - held)) / held };
}

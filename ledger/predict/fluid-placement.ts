/**
 * Where threads stand when nobody says so: the kernel's balancer moves threads until no CPU's load exceeds another's by
 * more than 17 %, load being weight spread over the threads of a group and the time that they are runnable. Where whole
 * threads cannot be spread so evenly (3 equal ones on 2 CPUs) it goes on moving them: then every one of the best
 * placements is taken, and they count alike.
 */
import type { ModelHost } from './scheduler-model.ts';
import type { ModelTree } from './model-tree.ts';
import type { Stay, Stays } from './fluid-shares.ts';
import { demandOf } from './wanted.ts';

const imbalance = 1.17;
/** Most placements over which is averaged; on many CPUs a thread more or less on one of them matters less. */
const mostPlacements = (cpuCount: number): number => Math.max(2, Math.min(12, Math.floor(96 / cpuCount)));

/** By thread the index of its CPU. */
type Placement = readonly number[];

/** Placements that are as good as each other, at least one. */
export function placementsOf(host: ModelHost, tree: ModelTree): readonly Stays[] {
  const cpuIndex = new Map(host.cpus.cpus.map((cpu, index) => [cpu, index]));
  const allowed = tree.threads.map(({ cpus }) => cpus.flatMap((cpu) => cpuIndex.get(cpu) ?? []));
  const loads = rootLoads(tree);
  const order = tree.threads
    .map((_, thread) => thread)
    .sort((a, b) => freedom(allowed, a) - freedom(allowed, b) || (loads[b] ?? 0) - (loads[a] ?? 0) || a - b);
  const cpuCount = host.cpus.cpus.length;
  const spread = spreadThreads(order, loads, allowed, cpuCount);
  const packed = packThreads(tree, order, loads, allowed, cpuCount);
  const isEven = (placement: Placement): boolean => isBalanced(placement, loads, allowed, cpuCount);
  const isTrivial = order.every((thread) => freedom(allowed, thread) === 0);
  const found = isTrivial
    ? [spread]
    : isEven(spread)
      ? [spread, ...(isEven(packed) ? [packed] : [])]
      : rotations(order, loads, mostPlacements(cpuCount)).map((turned) =>
          spreadThreads(turned, loads, allowed, cpuCount),
        );
  return found.map((placement) => staysOf(placement, cpuCount));
}

/** Threads with one CPU are placed first: they will not make room. */
const freedom = (allowed: readonly (readonly number[])[], thread: number): number =>
  (allowed[thread]?.length ?? 0) > 1 ? 1 : 0;

/** What each thread adds to the load of a CPU (task_h_load). */
export function rootLoads({ groups, threads }: ModelTree): readonly number[] {
  const counts = groups.map(() => 0);
  for (const { group, program } of threads) counts[group] = (counts[group] ?? 0) + demandOf(program);
  // What stands below a group beside its own threads: the weights of the groups below that have threads.
  const below = counts.map((count) => 1024 * count);
  for (let i = groups.length - 1; i >= 0; i--) {
    const { parent = -1, shares = 0 } = groups[i] ?? {};
    if (parent >= 0 && (below[i] ?? 0) > 0) below[parent] = (below[parent] ?? 0) + shares;
  }
  const scales = groups.map(() => 1);
  for (const [i, { parent, shares }] of groups.entries()) {
    scales[i] = ((scales[parent] ?? 1) * shares) / Math.max(below[i] ?? 0, 1e-9);
  }
  return threads.map(({ group, program }) => 1024 * demandOf(program) * (scales[group] ?? 1));
}

/** The heaviest first, each to where the least load is. */
function spreadThreads(
  order: readonly number[],
  loads: readonly number[],
  allowed: readonly (readonly number[])[],
  cpuCount: number,
): Placement {
  const placement: number[] = [];
  const sums = new Float64Array(cpuCount);
  for (const thread of order) {
    const cpu = leastLoaded(sums, allowed[thread] ?? []);
    placement[thread] = cpu;
    sums[cpu] = (sums[cpu] ?? 0) + (loads[thread] ?? 0);
  }
  return placement;
}

/** Groups kept together as far as the load stays even: once there, nothing drives them apart. */
function packThreads(
  { threads }: ModelTree,
  order: readonly number[],
  loads: readonly number[],
  allowed: readonly (readonly number[])[],
  cpuCount: number,
): Placement {
  const placement: number[] = [];
  const sums = new Float64Array(cpuCount);
  const mean = loads.reduce((sum, load) => sum + load, 0) / cpuCount;
  const lastOf = new Map<number, number>();
  for (const thread of order) {
    const group = threads[thread]?.group ?? -1;
    const load = loads[thread] ?? 0;
    const last = lastOf.get(group);
    const may = allowed[thread] ?? [];
    const fits = last !== undefined && may.includes(last) && (sums[last] ?? 0) + load <= mean * 1.08;
    const cpu = fits ? last : leastLoaded(sums, may);
    placement[thread] = cpu;
    lastOf.set(group, cpu);
    sums[cpu] = (sums[cpu] ?? 0) + load;
  }
  return placement;
}

function leastLoaded(sums: Float64Array, cpus: readonly number[]): number {
  let best = cpus[0] ?? 0;
  for (const cpu of cpus) if ((sums[cpu] ?? 0) < (sums[best] ?? 0) - 1e-9) best = cpu;
  return best;
}

/** Whether no thread is on a CPU that the balancer would take it from for another of its CPUs. */
function isBalanced(
  placement: Placement,
  loads: readonly number[],
  allowed: readonly (readonly number[])[],
  cpuCount: number,
): boolean {
  const sums = new Float64Array(cpuCount);
  const counts = new Int32Array(cpuCount);
  for (const [thread, cpu] of placement.entries()) {
    sums[cpu] = (sums[cpu] ?? 0) + (loads[thread] ?? 0);
    counts[cpu] = (counts[cpu] ?? 0) + 1;
  }
  return placement.every((cpu, thread) => {
    if ((counts[cpu] ?? 0) < 2) return true;
    const least = sums[leastLoaded(sums, allowed[thread] ?? [])] ?? 0;
    return (sums[cpu] ?? 0) <= imbalance * least;
  });
}

/** The order with threads of equal load turned, so that each is once the last to be placed. */
function rotations(
  order: readonly number[],
  loads: readonly number[],
  most: number,
): readonly (readonly number[])[] {
  const lightest = loads[order.at(-1) ?? 0] ?? 0;
  const from = order.findIndex((thread) => Math.abs((loads[thread] ?? 0) - lightest) <= 1e-9 * lightest);
  const [fixed, equal] = [order.slice(0, from), order.slice(from)];
  const count = Math.min(equal.length, most);
  return Array.from({ length: count }, (_, turn) => {
    const at = Math.floor((turn * equal.length) / count);
    return [...fixed, ...equal.slice(at), ...equal.slice(0, at)];
  });
}

function staysOf(placement: Placement, cpuCount: number): Stays {
  const stays: Stay[][] = Array.from({ length: cpuCount }, () => []);
  for (const [thread, cpu] of placement.entries()) stays[cpu]?.push({ thread, part: 1 });
  return stays;
}

/**
 * Takes CPUs out of the free ones so that they are near to each other and disturb, and are disturbed by, as few as
 * possible. Numbered as in the kubelet's cpu_assignment.go; unlike there, what an owner has already draws the rest near.
 *
 * 1. One last-level cache before two, one NUMA node before two, one socket before two: the smallest group of CPUs that
 *    has enough free ones. Among several, where the owner is already; then where it fits tightest; then the first.
 * 2. Where no single group has enough, the groups with most free CPUs are used up first, one level after the other.
 * 3. Within a group whole free cores first. What is less than a core comes from cores that are in use already, so
 *    that a whole core stays whole for the next one.
 */
import {
  cpuSetHas,
  cpuSetIntersection,
  cpuSetDifference,
  cpuSetOf,
  type CpuSet,
} from '../../kernel/cpu-set.ts';
import type { CpuGroup, Topology } from '../../kernel/topology.ts';

export interface TakeInput {
  readonly topology: Topology;
  readonly free: CpuSet;
  /** At most as many as are free. */
  readonly count: number;
  /** What the owner has: it likes the rest near. */
  readonly beside: CpuSet;
}

/** Exactly `count` of the free CPUs. */
export function takeCpus({ topology, free, count, beside }: TakeInput): CpuSet {
  const levels = [topology.lastLevelCaches, topology.numaNodes, topology.sockets];
  for (const groups of levels) {
    const group = tightestGroup(groups, free, count, beside);
    if (group) return takeCores(topology, group, count, beside);
  }
  return takeAcross(topology, levels, free, count, beside);
}

/** The free CPUs of the group that has enough. */
function tightestGroup(
  groups: readonly CpuGroup[],
  free: CpuSet,
  count: number,
  beside: CpuSet,
): CpuSet | undefined {
  const fitting = groups
    .map(({ id, cpus }) => ({
      id,
      free: cpuSetIntersection(cpus, free),
      near: cpuSetIntersection(cpus, beside).cpus.length,
    }))
    .filter((group) => group.free.cpus.length >= count);
  const [best] = fitting.toSorted(
    (a, b) => b.near - a.near || a.free.cpus.length - b.free.cpus.length || a.id - b.id,
  );
  return best?.free;
}

/** Uses up whole groups of the widest level that helps, and takes the rest as any other claim. */
function takeAcross(
  topology: Topology,
  levels: readonly (readonly CpuGroup[])[],
  free: CpuSet,
  count: number,
  beside: CpuSet,
): CpuSet {
  for (const groups of levels.toReversed()) {
    const [largest] = groups
      .map(({ id, cpus }) => ({ id, cpus: cpuSetIntersection(cpus, free) }))
      .filter(({ cpus }) => cpus.cpus.length > 0)
      .toSorted((a, b) => b.cpus.cpus.length - a.cpus.cpus.length || a.id - b.id);
    if (!largest || largest.cpus.cpus.length >= free.cpus.length) continue;
    const rest = takeCpus({
      topology,
      free: cpuSetDifference(free, largest.cpus),
      count: count - largest.cpus.cpus.length,
      beside: cpuSetOf([...beside.cpus, ...largest.cpus.cpus]),
    });
    return cpuSetOf([...largest.cpus.cpus, ...rest.cpus]);
  }
  return takeCores(topology, free, count, beside);
}

function takeCores(topology: Topology, free: CpuSet, count: number, beside: CpuSet): CpuSet {
  const cores = topology.cores.map(({ id, cpus }) => ({
    id,
    size: cpus.cpus.length,
    free: cpuSetIntersection(cpus, free).cpus,
    isOwn: cpus.cpus.some((cpu) => cpuSetHas(beside, cpu)),
  }));
  const known = new Set(cores.flatMap((core) => core.free));
  const lone = free.cpus
    .filter((cpu) => !known.has(cpu))
    .map((cpu) => ({ id: cpu, size: 1, free: [cpu], isOwn: false }));
  const candidates = [...cores, ...lone].filter((core) => core.free.length > 0);
  const taken: number[] = [];
  const lacking = (): number => count - taken.length;
  // The other threads of a core that it has a part of come first: then nobody else shares that core.
  const own = candidates.filter((core) => core.isOwn);
  const whole = candidates.filter((core) => !core.isOwn && core.free.length === core.size);
  const broken = candidates.filter((core) => !core.isOwn && core.free.length < core.size);
  for (const core of own) taken.push(...core.free.slice(0, Math.max(0, lacking())));
  for (const core of whole) if (lacking() >= core.size) taken.push(...core.free);
  const rest = [
    ...broken.toSorted((a, b) => a.free.length - b.free.length || a.id - b.id),
    ...whole.filter((core) => !taken.includes(core.free[0] ?? -1)),
  ];
  for (const core of rest) taken.push(...core.free.slice(0, Math.max(0, lacking())));
  return cpuSetOf(taken);
}

/** Which CPUs and which cgroups the remedies of a scene concern. Pure. */
import { cpuSetDifference, cpuSetSize, type CpuSet } from '../../kernel/cpu-set.ts';
import type { CpuWeight } from '../../kernel/sample.ts';
import type { PlacedPod } from '../scenarios/pod-tree.ts';
import type { SceneFacts } from './arm.ts';

export interface Split {
  readonly victim: CpuSet;
  readonly neighbours: CpuSet;
}

/** So many CPUs, from the last one down, for the victim, but at least one for the neighbours. */
export function splitCpus({ cpus }: SceneFacts, wanted: number): Split {
  const count = Math.min(wanted, cpuSetSize(cpus) - 1);
  const victim = { cpus: cpus.cpus.slice(cpuSetSize(cpus) - count) };
  return { victim, neighbours: cpuSetDifference(cpus, victim) };
}

export function containerOf(pod: PlacedPod): string {
  return pod.groups.at(-1) ?? '';
}

/**
 * Where a pod competes with the others: its topmost cgroup that holds none of them. A weight written above that level
 * concerns all of them, one written below it concerns nobody.
 */
export function competingGroup(pod: PlacedPod, others: readonly PlacedPod[]): string {
  const own = pod.groups.find((group) => others.every(({ groups }) => !groups.includes(group)));
  return own ?? containerOf(pod);
}

const mostShares = 262_144;
const mostWeight = 10_000;

export function timesWeight(weight: CpuWeight, factor: number): CpuWeight {
  return weight.kind === 'shares'
    ? { kind: 'shares', shares: Math.min(mostShares, Math.round(weight.shares * factor)) }
    : { kind: 'weight', weight: Math.min(mostWeight, Math.max(1, Math.round(weight.weight * factor))) };
}

/**
 * The cgroups whose cpuset is written: on v2 a pod as a whole, since a mask there holds whatever the runtime writes at
 * the containers and survives their restarts; on v1, where a child may not be wider than its parent, the container.
 */
import {
  cpuSetDifference,
  cpuSetIsSubset,
  cpuSetUnion,
  emptyCpuSet,
  type CpuSet,
} from '../../kernel/cpu-set.ts';
import type { ContainerView, GroupView } from '../observation/node-view.ts';
import { podOfPath } from '../observation/pod-of-path.ts';
import { originalCpus, reservedCores, type NodeTree } from './node-tree.ts';

export interface CpusetUnit {
  readonly group: GroupView;
  readonly containers: readonly ContainerView[];
  readonly reservedCores: number;
  readonly isManaged: boolean;
  /** As configured before the tuner wrote; empty: as its parent. */
  readonly originalCpus: CpuSet;
  /** Somebody else gave it some of the CPUs only. */
  readonly isPinned: boolean;
}

export function unitPathOf(tree: NodeTree, containerPath: string): string {
  const pod = tree.view.cgroupVersion === 'v2' ? podOfPath(containerPath) : undefined;
  return pod !== undefined && tree.groups.has(pod) ? pod : containerPath;
}

/** Every unit with a cpuset, in path order. */
export function cpusetUnits(tree: NodeTree): readonly CpusetUnit[] {
  const { online, isolated } = tree.view.topology;
  const usable = cpuSetDifference(online, isolated);
  const paths = new Set(tree.containers.map(({ path }) => unitPathOf(tree, path)));
  return [...paths].sort().flatMap((path) => {
    const group = tree.groups.get(path);
    if (group?.configuredCpus === undefined) return [];
    const containers = tree.below.get(path) ?? [];
    const original = originalCpus(tree, group);
    const isPinned = original.cpus.length > 0 && !cpuSetIsSubset(usable, original);
    return [
      {
        group,
        containers,
        reservedCores: reservedCores(containers),
        isManaged: containers.every(({ excluded }) => excluded === undefined),
        originalCpus: original,
        isPinned,
      },
    ];
  });
}

/** CPUs to which somebody else pinned one of the units: whatever is set apart must not take their only ones. */
export const pinnedCpus = (units: readonly CpusetUnit[]): CpuSet =>
  units.reduce((all, unit) => (unit.isPinned ? cpuSetUnion(all, unit.originalCpus) : all), emptyCpuSet);

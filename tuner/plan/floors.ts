/** The fewest CPUs that each container may be left with, at any moment. */
import type { NodeView } from '../observation/node-view.ts';
import { countCpus, maskOf, type CpuMask } from './cpu-mask.ts';
import { effectiveWithin, type CpusetState } from './effective-cpus.ts';
import type { GroupTree, TreeNode } from './group-tree.ts';
import type { PlanLimits } from './limits.ts';
import { targetKey, type BaselineByKey } from './targets.ts';

/** By container path. */
export type Floors = ReadonlyMap<string, number>;

/**
 * As many whole CPUs as hold its reservation, at least `leastCpus`; but no more than it has now or had at the baseline,
 * for what it never had cannot be kept.
 */
export function deriveFloors(
  view: NodeView,
  tree: GroupTree,
  effectiveNow: (path: string) => CpuMask | undefined,
  baselines: BaselineByKey,
  limits: PlanLimits,
): Floors {
  const atBaseline = effectiveAtBaseline(view, tree, baselines);
  const floors = new Map<string, number>();
  for (const { path, reservedCores = 0 } of view.containers) {
    const [now, before] = [effectiveNow(path), atBaseline.get(path)];
    if (now === undefined || before === undefined) continue;
    const wanted = Math.max(limits.leastCpus, Math.ceil(reservedCores - 1e-9));
    floors.set(path, Math.min(wanted, countCpus(now), countCpus(before)));
  }
  return floors;
}

function effectiveAtBaseline(
  view: NodeView,
  tree: GroupTree,
  baselines: BaselineByKey,
): ReadonlyMap<string, CpuMask | undefined> {
  const configured = new Map<TreeNode, CpuMask>();
  const partitions = new Set<TreeNode>();
  for (const node of tree.nodes.values()) {
    const { path, configuredCpus, partition } = node.group;
    const cpus = baselines.get(targetKey(path, 'cpus'));
    if (configuredCpus) configured.set(node, maskOf(cpus?.knob === 'cpus' ? cpus.cpus : configuredCpus));
    const role = baselines.get(targetKey(path, 'partition'));
    if ((role?.knob === 'partition' ? role.partition : (partition ?? 'member')) !== 'member') {
      partitions.add(node);
    }
  }
  const online = maskOf(view.topology.online);
  const state: CpusetState = {
    version: view.cgroupVersion,
    online,
    configured: (node) => configured.get(node),
    partitions,
  };
  const effective = new Map<string, CpuMask | undefined>();
  const derive = (node: TreeNode, above: CpuMask | undefined): void => {
    const own = effectiveWithin(state, node, above);
    effective.set(node.group.path, own);
    for (const child of node.children) derive(child, own);
  };
  for (const root of tree.roots) {
    derive(root, root.group.effectiveCpus ? maskOf(root.group.effectiveCpus) : online);
  }
  return effective;
}

/**
 * Where the threads of each group may run, from what its cpuset and those above it say (Documentation/admin-guide/
 * cgroup-v2.rst, "Cpuset"; cgroup-v1/cpusets.rst):
 *
 *   v1   what is configured, as far as it is online
 *   v2   what is configured AND the parent's effective CPUs; nothing configured, or nothing in common, is the parent's.
 *        A partition takes its CPUs away from its siblings.
 */
import type { CgroupVersion } from '../../kernel/sample.ts';
import type { CpuMask } from './cpu-mask.ts';
import type { TreeNode } from './group-tree.ts';

export interface CpusetState {
  readonly version: CgroupVersion;
  readonly online: CpuMask;
  /** What cpuset.cpus says; undefined without a cpuset. */
  readonly configured: (node: TreeNode) => CpuMask | undefined;
  readonly partitions: ReadonlySet<TreeNode>;
}

/** Effective CPUs of a node, given its parent's; undefined: it has no cpuset on v1, so nothing is known here. */
export function effectiveWithin(
  state: CpusetState,
  node: TreeNode,
  parentEffective: CpuMask | undefined,
): CpuMask | undefined {
  const configured = state.configured(node);
  if (state.version !== 'v2') return configured === undefined ? undefined : configured & state.online;
  const available = leftBySiblings(state, node, parentEffective ?? state.online);
  const own = (configured ?? 0n) & available;
  return own === 0n ? available : own;
}

/** v2: the node has CPUs of its own configured and none of them is the parent's. */
export function fallsBack(state: CpusetState, node: TreeNode, parentEffective: CpuMask | undefined): boolean {
  const configured = state.configured(node) ?? 0n;
  if (state.version !== 'v2' || configured === 0n) return false;
  return (configured & leftBySiblings(state, node, parentEffective ?? state.online)) === 0n;
}

function leftBySiblings(state: CpusetState, node: TreeNode, parentEffective: CpuMask): CpuMask {
  let left = parentEffective;
  for (const other of state.partitions) {
    if (other !== node && other.parent === node.parent) left &= ~(state.configured(other) ?? 0n);
  }
  return left;
}

/**
 * Rung 2: a container that is stopped by a quota while it is under its reservation. One that comes in bursts may save
 * up unused quota (cpu.max.burst, at most the quota itself); where that is not enough, or the kernel has none, the
 * quota is raised to hold the reservation with room, on every level that stops it.
 */
import { quotaCores } from '../../kernel/cpu-max.ts';
import type { ContainerView, GroupView } from '../observation/node-view.ts';
import { isManaged, lineOf, reservedCores, type NodeTree } from './node-tree.ts';
import type { WantedSetting } from './policy.ts';

/** On average it uses less than that part of its quota: it comes in bursts. */
const burstyShare = 0.8;
/** Raised to so many times the reservations below it, and at least so many times the old quota. */
const roomFactor = 1.25;

export function relieveQuota(tree: NodeTree, container: ContainerView): readonly WantedSetting[] {
  const limited = lineOf(tree, container.path).filter(
    ({ path, quota }) => quota !== undefined && isManaged(tree, path),
  );
  return limited.flatMap((group) => settingsFor(tree, group, container));
}

function settingsFor(tree: NodeTree, group: GroupView, container: ContainerView): readonly WantedSetting[] {
  const original = tree.original(group, 'quota');
  const limit = original?.knob === 'quota' ? quotaCores(original) : undefined;
  if (original?.knob !== 'quota' || limit === undefined || original.quotaUsec === 'max') return [];
  const containers = tree.below.get(group.path) ?? [];
  const reserved = reservedCores(containers);
  const used = containers.reduce((sum, { evidence }) => sum + (evidence?.receivedCores ?? 0), 0);
  const stopped = container.evidence?.throttledBy;
  if (stopped !== undefined && stopped !== group.path) return [];
  const common = {
    path: group.path,
    cgroupId: group.cgroupId,
    rung: 'quota' as const,
    onBehalfOf: container.path,
  };
  const canBurst = tree.original(group, 'burst') !== undefined;
  if (canBurst && reserved <= limit && used < burstyShare * limit) {
    const reason = `it comes in bursts: ${used.toFixed(2)} CPU on average of a limit of ${limit.toFixed(2)}, and throttled`;
    return [{ ...common, setting: { knob: 'burst', burstUsec: original.quotaUsec }, reason }];
  }
  const cores = roomFactor * Math.max(reserved, limit);
  const quotaUsec = Math.ceil(cores * original.periodUsec);
  const reason = `throttled at ${limit.toFixed(2)} CPU while under ${reserved.toFixed(2)} reserved: raised to ${cores.toFixed(2)}`;
  return [{ ...common, setting: { ...original, quotaUsec }, reason }];
}

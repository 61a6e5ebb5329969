/**
 * Rung 2: a container that is stopped by a quota while it is under its reservation. One that comes in bursts may save
 * up unused quota (cpu.max.burst, at most the quota itself); where that is not enough, or the kernel has none, the
 * quota is raised to hold the reservation with room, and with it what is tighter above.
 */
import { quotaCores } from '../../kernel/cpu-max.ts';
import type { ContainerView, GroupView } from '../observation/node-view.ts';
import { isManaged, lineOf, reservedCores, type NodeTree } from './node-tree.ts';
import type { Setting } from '../plan/setting.ts';
import type { WantedSetting } from './policy.ts';

/** On average it uses less than that part of its quota: it comes in bursts. */
const burstyShare = 0.8;
/** Raised to so many times the reservation or the old quota, the greater of both. */
const roomFactor = 1.25;

interface Limit {
  readonly group: GroupView;
  readonly setting: Extract<Setting, { knob: 'quota' }>;
  readonly cores: number;
}

export function relieveQuota(tree: NodeTree, container: ContainerView): readonly WantedSetting[] {
  const limits = lineOf(tree, container.path).flatMap((group): readonly Limit[] => {
    const setting = isManaged(tree, group.path) ? tree.original(group, 'quota') : undefined;
    const cores = setting?.knob === 'quota' ? quotaCores(setting) : undefined;
    return setting?.knob === 'quota' && cores !== undefined ? [{ group, setting, cores }] : [];
  });
  const by = container.evidence?.throttledBy;
  const at = Math.max(
    0,
    limits.findIndex(({ group }) => group.path === by),
  );
  const [stopping, ...above] = limits.slice(at);
  if (!stopping) return [];
  const burst = burstFor(tree, stopping, container);
  if (burst) return [burst];
  const cores = roomFactor * Math.max(reservedBelow(tree, stopping), stopping.cores);
  return [stopping, ...above.filter((limit) => limit.cores < cores)].map((limit) =>
    raised(limit, cores, container),
  );
}

const reservedBelow = (tree: NodeTree, { group }: Limit): number =>
  reservedCores(tree.below.get(group.path) ?? []);

function burstFor(tree: NodeTree, limit: Limit, container: ContainerView): WantedSetting | undefined {
  const { group, setting, cores } = limit;
  const before = tree.original(group, 'burst');
  if (before?.knob !== 'burst' || setting.quotaUsec === 'max' || before.burstUsec >= setting.quotaUsec) {
    return undefined;
  }
  const used = (tree.below.get(group.path) ?? []).reduce(
    (sum, { evidence }) => sum + (evidence?.receivedCores ?? 0),
    0,
  );
  if (reservedBelow(tree, limit) > cores || used >= burstyShare * cores) return undefined;
  return {
    path: group.path,
    cgroupId: group.cgroupId,
    setting: { knob: 'burst', burstUsec: setting.quotaUsec },
    rung: 'quota',
    onBehalfOf: container.path,
    reason: `throttled though it uses ${used.toFixed(2)} CPU on average of a limit of ${cores.toFixed(2)}: it may save up for its bursts`,
  };
}

function raised(
  { group, setting, cores: old }: Limit,
  cores: number,
  container: ContainerView,
): WantedSetting {
  return {
    path: group.path,
    cgroupId: group.cgroupId,
    setting: { ...setting, quotaUsec: Math.ceil(cores * setting.periodUsec) },
    rung: 'quota',
    onBehalfOf: container.path,
    reason: `throttled at ${old.toFixed(2)} CPU while under its reservation of ${(container.reservedCores ?? 0).toFixed(2)}: raised to ${cores.toFixed(2)}`,
  };
}

/**
 * Settings that exclude each other. Each rule names the wanted setting that has to give way: the milder change of the
 * two loses nothing by it, since what is not wanted goes back to its baseline.
 */
import type { CgroupVersion } from '../../kernel/sample.ts';
import { quotaRatio } from './cgroup-model.ts';
import { isWithin, maskOf } from './cpu-mask.ts';
import type { TreeNode } from './group-tree.ts';
import type { Knob, Setting } from './setting.ts';
import { targetKey, type Target } from './targets.ts';

export interface Blame {
  readonly target: Target;
  readonly why: string;
}

export type TargetsByKey = ReadonlyMap<string, Target>;
type SettingOf<K extends Knob> = Extract<Setting, { knob: K }>;

export function findConflictingTargets(
  version: CgroupVersion,
  nodes: Iterable<TreeNode>,
  targets: TargetsByKey,
): readonly Blame[] {
  const blames: Blame[] = [];
  for (const node of nodes) {
    blames.push(...burstAboveQuota(node, targets));
    if (version !== 'v2') blames.push(...widerThanParent(node, targets), ...quotaAboveParent(node, targets));
  }
  return blames;
}

function burstAboveQuota(node: TreeNode, targets: TargetsByKey): readonly Blame[] {
  const [burst, quota] = [toOf(targets, node, 'burst'), toOf(targets, node, 'quota')];
  if (!burst || !quota || quota.quotaUsec === 'max' || burst.burstUsec <= quota.quotaUsec) return [];
  const why = `its burst of ${burst.burstUsec} us would exceed its quota of ${quota.quotaUsec} us`;
  return blame(why, targets.get(keyOf(node, 'burst')), targets.get(keyOf(node, 'quota')));
}

function widerThanParent(node: TreeNode, targets: TargetsByKey): readonly Blame[] {
  if (!node.parent) return [];
  const [own, parents] = [toOf(targets, node, 'cpus'), toOf(targets, node.parent, 'cpus')];
  if (!own || !parents || isWithin(maskOf(own.cpus), maskOf(parents.cpus))) return [];
  const why = 'on cgroup v1 no cpuset may be wider than the one above it';
  return blame(why, targets.get(keyOf(node, 'cpus')), targets.get(keyOf(node.parent, 'cpus')));
}

function quotaAboveParent(node: TreeNode, targets: TargetsByKey): readonly Blame[] {
  const own = quotaRatio(toOf(targets, node, 'quota'));
  if (own === Infinity) return [];
  for (let up = node.parent; up; up = up.parent) {
    const above = quotaRatio(toOf(targets, up, 'quota'));
    if (above === Infinity) continue;
    if (own <= above) return [];
    const why = 'on cgroup v1 no quota may be greater than the one above it';
    return blame(why, targets.get(keyOf(node, 'quota')), targets.get(keyOf(up, 'quota')));
  }
  return [];
}

/** The first that is wanted gives way; without any, the last one's way back has to wait. */
function blame(why: string, ...targets: readonly (Target | undefined)[]): readonly Blame[] {
  const present = targets.filter((target) => target !== undefined);
  const target = present.find(({ wanted }) => wanted !== undefined) ?? present.at(-1);
  return target ? [{ target, why }] : [];
}

function toOf<K extends Knob>(targets: TargetsByKey, node: TreeNode, knob: K): SettingOf<K> | undefined {
  // Targets are kept under the knob that they set.
  return targets.get(keyOf(node, knob))?.to as SettingOf<K> | undefined;
}

const keyOf = (node: TreeNode, knob: Knob): string => targetKey(node.group.path, knob);

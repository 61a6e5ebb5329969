/** What should stand in every file: what is wanted, else what stood there before the tuner, else what stands there. */
import type { Baseline, WantedSetting } from '../policy/policy.ts';
import { currentSetting } from './current-setting.ts';
import type { TreeNode } from './group-tree.ts';
import { knobs, type Knob, type Setting } from './setting.ts';

export interface Target {
  readonly node: TreeNode;
  readonly current: Setting;
  readonly to: Setting;
  /** Absent: it goes back to, or stays at, the baseline. */
  readonly wanted?: WantedSetting;
}

export type WantedByKey = ReadonlyMap<string, WantedSetting>;
export type BaselineByKey = ReadonlyMap<string, Setting>;

export function targetKey(path: string, knob: Knob): string {
  return `${path} ${knob}`;
}

/** By path and knob; a baseline of another cgroup of the same path counts for nothing. */
export function baselinesByKey(
  baselines: readonly Baseline[],
  nodes: ReadonlyMap<string, TreeNode>,
): BaselineByKey {
  const byKey = new Map<string, Setting>();
  for (const { path, cgroupId, setting } of baselines) {
    if (nodes.get(path)?.group.cgroupId === cgroupId) byKey.set(targetKey(path, setting.knob), setting);
  }
  return byKey;
}

/** The targets of one group, for every knob that it has. */
export function targetsOf(
  node: TreeNode,
  wanted: WantedByKey,
  baselines: BaselineByKey,
  defaultWeight: Setting,
): readonly Target[] {
  const { group } = node;
  const targetOf = (knob: Knob, current: Setting): Target => {
    const wish = wanted.get(targetKey(group.path, knob));
    if (wish) return { node, current, to: wish.setting, wanted: wish };
    return { node, current, to: baselines.get(targetKey(group.path, knob)) ?? current };
  };
  const idle = group.idle === undefined ? undefined : targetOf('idle', { knob: 'idle', idle: group.idle });
  return knobs.flatMap((knob) => {
    if (knob === 'idle') return idle ? [idle] : [];
    if (knob === 'weight' && isIdle(idle?.to)) return [];
    const current = currentSetting(group, knob) ?? (isLeaving(knob, idle) ? defaultWeight : undefined);
    return current ? [targetOf(knob, current)] : [];
  });
}

/** As a group leaves the idle class, it has the default weight. */
function isLeaving(knob: Knob, idle: Target | undefined): boolean {
  return knob === 'weight' && isIdle(idle?.current) && !isIdle(idle?.to);
}

function isIdle(setting: Setting | undefined): boolean {
  return setting?.knob === 'idle' && setting.idle;
}

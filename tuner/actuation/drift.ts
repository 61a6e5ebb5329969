/**
 * Values of ours that somebody else changed, and who it was, from what the change looks like. Pure. The actors are those
 * of docs/tuning.md: nobody signs a write to a cgroup, so a name is an inference, and its evidence is told with it.
 */
import { sameSetting, type Setting } from '../plan/setting.ts';
import type { GroupView } from '../observation/node-view.ts';
import { currentSetting } from '../plan/current-setting.ts';

export type DriftActor = 'kubelet' | 'systemd' | 'runtime' | 'unknown';

/** What the tuner wrote last and verified. */
export interface HeldSetting {
  readonly path: string;
  readonly cgroupId: bigint;
  readonly ours: Setting;
  /** What stood there before the tuner came. */
  readonly baseline: Setting;
}

export interface Drift {
  readonly path: string;
  readonly ours: Setting;
  /** Absent: the cgroup is gone, or is another one of the same path. */
  readonly found?: Setting;
  readonly actor: DriftActor;
  /** One sentence: what was seen. */
  readonly evidence: string;
}

/** Held settings that no longer stand. */
export function findDrift(held: readonly HeldSetting[], groups: readonly GroupView[]): readonly Drift[] {
  const byPath = new Map(groups.map((group) => [group.path, group]));
  const changed = held.flatMap((setting) => changeOf(setting, byPath.get(setting.path)));
  return changed.map((change) => ({
    ...describe(change, changed, held),
    path: change.held.path,
    ours: change.held.ours,
  }));
}

interface Change {
  readonly held: HeldSetting;
  readonly found: Setting | 'gone' | 'recreated';
}

function changeOf(held: HeldSetting, group: GroupView | undefined): readonly Change[] {
  if (group === undefined) return [{ held, found: 'gone' }];
  if (group.cgroupId !== held.cgroupId) return [{ held, found: 'recreated' }];
  const found = currentSetting(group, held.ours.knob);
  // An idle group shows no weight, and a file that is not seen tells nothing.
  if (found === undefined || sameSetting(found, held.ours)) return [];
  return [{ held, found }];
}

type Described = Pick<Drift, 'actor' | 'evidence' | 'found'>;

function describe(change: Change, changed: readonly Change[], held: readonly HeldSetting[]): Described {
  const { found } = change;
  if (found === 'gone') return { actor: 'runtime', evidence: 'the cgroup is gone: its container ended' };
  if (found === 'recreated') {
    return { actor: 'runtime', evidence: 'another cgroup of the same path: its container was started anew' };
  }
  return { found, ...(byReload(change, changed, held) ?? byResize(change, changed) ?? byManager(change)) };
}

type Named = Pick<Drift, 'actor' | 'evidence'>;

/** daemon-reload puts every unit's own settings back at once; a single unit tells nothing. */
function byReload(
  change: Change,
  changed: readonly Change[],
  held: readonly HeldSetting[],
): Named | undefined {
  const slice = sliceOf(change.held.path);
  if (slice === undefined) return undefined;
  const inSlice = (path: string): boolean => sliceOf(path) === slice;
  const ours = held.filter(({ path }) => inSlice(path));
  const back = changed.filter(({ held: each, found }) => inSlice(each.path) && isBaseline(each, found));
  if (ours.length < 2 || back.length < ours.length) return undefined;
  return {
    actor: 'systemd',
    evidence: `all ${ours.length} settings below ${slice} went back at once, as after systemctl daemon-reload`,
  };
}

/** A resize in place writes quota and weight of the pod, or of its container, to values that stood there never before. */
function byResize({ held: { path } }: Change, changed: readonly Change[]): Named | undefined {
  const isNew = changed.filter(({ held, found }) => held.path === path && !isBaseline(held, found));
  const knobs = new Set(isNew.map(({ held }) => held.ours.knob));
  if (!knobs.has('weight') || !knobs.has('quota')) return undefined;
  return {
    actor: 'kubelet',
    evidence: 'weight and quota changed together to new values, as when a pod is resized',
  };
}

/** The kubelet's CPU manager rewrites cpusets of containers, and it alone does so under a path of its own. */
function byManager({ held, found }: Change): Named {
  const isPodPath = /(^|\/)(kubepods|kubelet)/.test(held.path);
  if (isPodPath && held.ours.knob === 'cpus') {
    return {
      actor: 'kubelet',
      evidence: isBaseline(held, found)
        ? "a pod's cpuset went back, as when the kubelet's CPU manager reconciles"
        : "a pod's cpuset changed, as when the kubelet's CPU manager moves its shared pool",
    };
  }
  return { actor: 'unknown', evidence: 'a single value changed, which anybody may have done' };
}

function isBaseline({ baseline }: HeldSetting, found: Change['found']): boolean {
  return typeof found === 'object' && sameSetting(found, baseline);
}

/** The outermost slice of systemd in the path. */
function sliceOf(path: string): string | undefined {
  return /^(?:\/[^/]+)*?\/[^/]+\.slice/.exec(path)?.[0];
}

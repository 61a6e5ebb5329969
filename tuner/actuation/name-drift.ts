/** Who seems to have changed back what a step of the loop found changed. Pure. */
import type { Drifted } from '../drift-backoff.ts';
import type { GroupView } from '../observation/node-view.ts';
import { sameSetting } from '../plan/setting.ts';
import type { Baseline, WantedSetting } from '../policy/policy.ts';
import { findDrift, type Drift, type HeldSetting } from './drift.ts';

/**
 * @param applied everything of ours that should stand
 * @param groups the cgroups as they were observed
 */
export function nameDrift(
  drifted: readonly Drifted[],
  applied: readonly WantedSetting[],
  baseline: readonly Baseline[],
  groups: readonly GroupView[],
): readonly Drift[] {
  if (drifted.length === 0) return [];
  const held = [...drifted.map(({ wanted }) => wanted), ...applied].map((wanted) => heldOf(wanted, baseline));
  return findDrift(held, groups).filter((drift, at, all) => {
    const isNew = drifted.some(
      ({ wanted }) => wanted.path === drift.path && sameSetting(wanted.setting, drift.ours),
    );
    const isFirst =
      all.findIndex((other) => other.path === drift.path && sameSetting(other.ours, drift.ours)) === at;
    return isNew && isFirst;
  });
}

function heldOf({ path, cgroupId, setting }: WantedSetting, baseline: readonly Baseline[]): HeldSetting {
  const original = baseline.find(
    (each) => each.path === path && each.cgroupId === cgroupId && each.setting.knob === setting.knob,
  );
  return { path, cgroupId, ours: setting, baseline: original?.setting ?? setting };
}

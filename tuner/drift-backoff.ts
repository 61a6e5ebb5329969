/**
 * Values of ours that somebody else changed: when to write them again, and when to give up. Each time that a value is found
 * changed the wait before the next write doubles; after a few rounds it is left to whoever insists.
 */
import type { NodeView } from './observation/node-view.ts';
import { sameSetting, type Setting } from './plan/setting.ts';
import type { WantedSetting } from './policy/policy.ts';
import { standingSetting } from './policy/node-tree.ts';

export interface BackoffOptions {
  /** Before the first time that a value is written again. */
  readonly firstSeconds: number;
  readonly mostRounds: number;
  /** Standing undisturbed for so long, its history is forgotten. */
  readonly forgetSeconds: number;
}

export const defaultBackoff: BackoffOptions = { firstSeconds: 10, mostRounds: 5, forgetSeconds: 3600 };

export interface Drifted {
  /** What we wrote. */
  readonly wanted: WantedSetting;
  /** What stands there now. */
  readonly found: Setting;
  readonly rounds: number;
  /** No write before. */
  readonly notBeforeSeconds: number;
  readonly lastSeenSeconds: number;
}

/** By file. */
export type DriftState = ReadonlyMap<string, Drifted>;

export interface DriftNews {
  readonly state: DriftState;
  /** Changed since the last look. */
  readonly found: readonly Drifted[];
  /** Changed once too often. */
  readonly givenUp: readonly Drifted[];
}

export const fileKey = (path: string, { knob }: Setting): string => `${knob} ${path}`;

/**
 * @param applied what we wrote and left standing
 * @param written files that were written in the last step: only those can have been changed again since
 */
export function noteDrift(
  state: DriftState,
  applied: readonly WantedSetting[],
  view: NodeView,
  nowSeconds: number,
  options: BackoffOptions = defaultBackoff,
): DriftNews {
  const groups = new Map(view.groups.map((group) => [group.path, group]));
  const next = new Map(
    [...state].filter(([, seen]) => nowSeconds - seen.lastSeenSeconds < options.forgetSeconds),
  );
  const [found, givenUp]: [Drifted[], Drifted[]] = [[], []];
  for (const wanted of applied) {
    const group = groups.get(wanted.path);
    const standing = group?.cgroupId === wanted.cgroupId && standingSetting(group, wanted.setting.knob);
    if (!standing || sameSetting(standing, wanted.setting)) continue;
    const key = fileKey(wanted.path, wanted.setting);
    const before = next.get(key);
    // Still waiting to be written again: nothing new.
    if (before && nowSeconds < before.notBeforeSeconds) continue;
    const rounds = (before?.rounds ?? 0) + 1;
    const drifted: Drifted = {
      wanted,
      found: standing,
      rounds,
      notBeforeSeconds: nowSeconds + options.firstSeconds * 2 ** (rounds - 1),
      lastSeenSeconds: nowSeconds,
    };
    next.set(key, drifted);
    (rounds > options.mostRounds ? givenUp : found).push(drifted);
  }
  return { state: next, found, givenUp };
}

/** Whether a file is left as somebody else made it, for now. */
export function isBackingOff(state: DriftState, path: string, setting: Setting, nowSeconds: number): boolean {
  const drifted = state.get(fileKey(path, setting));
  return drifted !== undefined && nowSeconds < drifted.notBeforeSeconds;
}

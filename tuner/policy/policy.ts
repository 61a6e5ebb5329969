/** What a policy is: a pure function from what is seen, and what was done before, to the settings it wants. */
import type { NodeView } from '../observation/node-view.ts';
import type { Setting } from '../plan/setting.ts';

/** From mild to strong; docs/tuning.md says what each does and when. */
export const rungs = ['weights', 'quota', 'idle_class', 'soft_pool', 'exclusive', 'partition'] as const;
export type Rung = (typeof rungs)[number];

/** A setting that should stand in a cgroup, and why. */
export interface WantedSetting {
  readonly path: string;
  readonly cgroupId: bigint;
  readonly setting: Setting;
  readonly rung: Rung;
  /** Path of the container whose reservation it is for. */
  readonly onBehalfOf: string;
  /** One plain sentence with the numbers. */
  readonly reason: string;
}

/**
 * Everything that should differ from the baseline: what is not named goes back to it. `memory` is handed to the next
 * call, and is plain JSON, so that it survives a restart.
 */
export interface Decision<Memory> {
  readonly wanted: readonly WantedSetting[];
  readonly memory: Memory;
  /** Per container path, why this and not a milder or stronger rung. */
  readonly notes: ReadonlyMap<string, string>;
  /** Per container path, the rungs that stand for it, mild to strong: one that is new is an experiment. */
  readonly remedies: ReadonlyMap<string, readonly Rung[]>;
}

/** What became of an experiment. */
export interface Outcome {
  /** Path of the container for which the rung was taken. */
  readonly container: string;
  readonly cgroupId: bigint;
  readonly rung: Rung;
  readonly result: 'kept' | 'rolled_back';
  /** Monotonic seconds. */
  readonly nowSeconds: number;
}

/** What stood in the cgroups before the tuner wrote anything, by path and inode; absent where nothing was written. */
export interface Baseline {
  readonly path: string;
  readonly cgroupId: bigint;
  readonly setting: Setting;
}

export interface PolicyInput<Memory> {
  readonly view: NodeView;
  readonly baseline: readonly Baseline[];
  readonly memory: Memory;
  /** Monotonic seconds. */
  readonly nowSeconds: number;
  /** An experiment is under way: rungs stay as they are, only what is controlled in closed loop may move. */
  readonly isSettling?: boolean;
}

export interface Policy<Memory> {
  readonly name: string;
  readonly initialMemory: Memory;
  readonly decide: (input: PolicyInput<Memory>) => Decision<Memory>;
  /** Takes in what became of an experiment; what was rolled back is no longer wanted. */
  readonly learn: (memory: Memory, outcome: Outcome) => Memory;
}

/**
 * An arm is one way of treating the same scene. Most are settings of cgroups, decided from the facts of the scene; one
 * that runs something beside the scene, such as a control loop, gives its own `prepare` and is asked to end it.
 */
import type { CpuSet } from '../../kernel/cpu-set.ts';
import type { CgroupVersion } from '../../kernel/sample.ts';
import type { Setting } from '../../tuner/plan/setting.ts';
import type { PlacedPod } from '../scenarios/pod-tree.ts';

export interface SceneFacts {
  readonly cpus: CpuSet;
  readonly cgroupVersion: CgroupVersion;
  readonly victim: PlacedPod;
  /** Present in every arm; in `solo` they are not started. */
  readonly neighbours: readonly PlacedPod[];
}

/** A scene whose cgroups are there and whose loads are placed and asleep. */
export interface PreparedScene {
  readonly facts: SceneFacts;
  /** Path of the scene's root below the cgroup root; the paths of the facts are below it. */
  readonly rootPath: string;
  /** Writes and reads back. Throws CgroupWriteError. */
  readonly apply: (path: string, setting: Setting) => void;
}

/** Takes back what an arm started beside the scene; the settings go with the scene. */
export type Undo = () => Promise<void>;

export interface Arm {
  readonly name: string;
  readonly summary: string;
  readonly startsNeighbours: boolean;
  /** Why it cannot be tried in this scene, or would be the same as another arm; undefined where it can. */
  readonly notApplicable: (facts: SceneFacts) => string | undefined;
  /** What a reader should know about it in this scene. */
  readonly note?: (facts: SceneFacts) => string | undefined;
  readonly prepare: (scene: PreparedScene) => Promise<Undo>;
}

export interface WantedSetting {
  readonly path: string;
  readonly setting: Setting;
}

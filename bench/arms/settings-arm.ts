import type { Arm, SceneFacts, WantedSetting } from './arm.ts';

export interface SettingsArm {
  readonly name: string;
  readonly summary: string;
  readonly startsNeighbours?: boolean;
  readonly notApplicable?: (facts: SceneFacts) => string | undefined;
  readonly note?: (facts: SceneFacts) => string | undefined;
  readonly settings: (facts: SceneFacts) => readonly WantedSetting[];
}

/** An arm that is nothing but settings. */
export function settingsArm(arm: SettingsArm): Arm {
  return {
    startsNeighbours: true,
    notApplicable: () => undefined,
    ...arm,
    prepare: (scene) => {
      for (const { path, setting } of arm.settings(scene.facts)) scene.apply(path, setting);
      return Promise.resolve(() => Promise.resolve());
    },
  };
}

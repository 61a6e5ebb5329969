import type { Arm } from './arm.ts';
import { baselines } from './baselines.ts';
import { rungArms } from './rungs.ts';

/** In the order in which reports show them. */
export const arms: readonly Arm[] = [...baselines, ...rungArms];

export function findArm(name: string): Arm | undefined {
  return arms.find((arm) => arm.name === name);
}

/** When to stop: the intervals are narrow enough, or the time is spent. */
import { bootstrapInterval } from './bootstrap.ts';
import { median } from './quantile.ts';

export interface TrialLimits {
  /** Trials of each arm before an interval is believed. */
  readonly least: number;
  readonly most: number;
  /** Half the interval over the median, at most. */
  readonly relativeHalfWidth: number;
}

export const usualLimits: TrialLimits = { least: 5, most: 40, relativeHalfWidth: 0.05 };

/** Half the 95 % interval of the median, relative to it; Infinity with fewer than two values. */
export function relativeHalfWidth(values: readonly number[]): number {
  const interval = bootstrapInterval(values, median, { resamples: 500 });
  if (!interval || interval.count < 2) return Infinity;
  return (interval.high - interval.low) / 2 / Math.max(Math.abs(interval.estimate), Number.MIN_VALUE);
}

/** Whether one arm needs no further trial. */
export function isEnough(values: readonly number[], limits: TrialLimits): boolean {
  if (values.length >= limits.most) return true;
  return values.length >= limits.least && relativeHalfWidth(values) <= limits.relativeHalfWidth;
}

export type NextBlock = 'run' | 'narrow_enough' | 'no_time';

/**
 * Whether to run another block of all arms: not when every arm has enough, nor when the block would overrun the budget.
 * The first block always runs.
 */
export function decideNextBlock(
  arms: readonly (readonly number[])[],
  time: { readonly leftSeconds: number; readonly blockSeconds: number; readonly blocksDone: number },
  limits: TrialLimits = usualLimits,
): NextBlock {
  if (time.blocksDone === 0) return 'run';
  if (arms.every((values) => isEnough(values, limits))) return 'narrow_enough';
  return time.blockSeconds > time.leftSeconds ? 'no_time' : 'run';
}

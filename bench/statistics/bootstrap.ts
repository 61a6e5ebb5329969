/**
 * Bootstrap intervals, bias-corrected and accelerated (Efron 1987, "Better Bootstrap Confidence Intervals"): they follow
 * a skewed statistic, such as a median of few trials, where a symmetric interval would not.
 */
import { normalCdf, normalQuantile } from './normal.ts';
import { mean, quantileOfSorted } from './quantile.ts';
import { seededRandom, type Random } from './random.ts';

export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** How many values it rests on. */
  readonly count: number;
}

export type Statistic = (values: readonly number[]) => number;

export interface BootstrapOptions {
  /** Part of such intervals that hold the true value; default 0.95. */
  readonly confidence?: number;
  readonly resamples?: number;
  readonly seed?: number;
}

/**
 * The statistic of the values with its interval; undefined of no values. One value has no spread to judge by: its
 * interval is unbounded, and so is said to be.
 */
export function bootstrapInterval(
  values: readonly number[],
  statistic: Statistic,
  options: BootstrapOptions = {},
): Interval | undefined {
  const { confidence = 0.95, resamples = 2000, seed = 1 } = options;
  if (values.length === 0) return undefined;
  const estimate = statistic(values);
  if (values.length === 1) return { estimate, low: -Infinity, high: Infinity, count: 1 };
  const drawn = drawStatistics(values, statistic, resamples, seededRandom(seed));
  const bias = biasOf(drawn, estimate);
  const acceleration = accelerationOf(values, statistic);
  const edge = (p: number): number => {
    const z = bias + normalQuantile(p);
    return quantileOfSorted(drawn, normalCdf(bias + z / (1 - acceleration * z)));
  };
  const tail = (1 - confidence) / 2;
  return { estimate, low: edge(tail), high: edge(1 - tail), count: values.length };
}

/** The statistic of so many samples drawn from the values with replacement, ascending. */
function drawStatistics(
  values: readonly number[],
  statistic: Statistic,
  resamples: number,
  random: Random,
): readonly number[] {
  const draw = (): number => values[Math.floor(random() * values.length)] ?? 0;
  const drawn = Array.from({ length: resamples }, () => statistic(values.map(draw)));
  return drawn.sort((a, b) => a - b);
}

/** z0: how far the estimate is from the middle of what was drawn; ties count half. */
function biasOf(drawn: readonly number[], estimate: number): number {
  const below = drawn.filter((value) => value < estimate).length;
  const equal = drawn.filter((value) => value === estimate).length;
  const share = (below + equal / 2) / drawn.length;
  const least = 0.5 / drawn.length;
  return normalQuantile(Math.min(Math.max(share, least), 1 - least));
}

/** How the spread changes with the value, from the statistic without each of the values. */
function accelerationOf(values: readonly number[], statistic: Statistic): number {
  const without = values.map((_, left) => statistic(values.filter((__, index) => index !== left)));
  const centre = mean(without);
  const squares = without.reduce((sum, value) => sum + (centre - value) ** 2, 0);
  const cubes = without.reduce((sum, value) => sum + (centre - value) ** 3, 0);
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}

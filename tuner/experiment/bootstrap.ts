/** Bootstrap interval of a difference of means. Seeded: the same series give the same interval. */

export interface Interval {
  readonly low: number;
  readonly mean: number;
  readonly high: number;
}

const resamples = 400;

/**
 * 95 % interval of mean(after) - mean(before), resampling each series by itself. Undefined with fewer than two values on
 * a side: nothing is known about their spread.
 */
export function differenceOfMeans(
  before: readonly number[],
  after: readonly number[],
  seed = 1,
): Interval | undefined {
  if (before.length < 2 || after.length < 2) return undefined;
  const next = randomNumbers(seed);
  const differences = Array.from(
    { length: resamples },
    () => resampled(after, next) - resampled(before, next),
  );
  differences.sort((a, b) => a - b);
  const at = (share: number): number => differences[Math.floor(share * (resamples - 1))] ?? 0;
  return { low: at(0.025), mean: meanOf(after) - meanOf(before), high: at(0.975) };
}

export function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function resampled(values: readonly number[], next: () => number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[Math.floor(next() * values.length)] ?? 0;
  return sum / values.length;
}

/** In [0, 1): xorshift32 (Marsaglia 2003). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

/** How long waits were: buckets that are 1/16 of a power of two wide, from 0 to 2^50 ns. */
const bucketsPerOctave = 16;
const octaves = 50;

export type WaitHistogram = Float64Array;

export function createWaitHistogram(): WaitHistogram {
  return new Float64Array(1 + bucketsPerOctave * octaves);
}

export function recordWait(histogram: WaitHistogram, ns: number): void {
  const bucket =
    ns < 1 ? 0 : 1 + Math.min(histogram.length - 2, Math.floor(Math.log2(ns) * bucketsPerOctave));
  histogram[bucket] = (histogram[bucket] ?? 0) + 1;
}

/** Upper edge of the bucket in which the quantile lies, at most 4.5 % above it; undefined when nothing was recorded. */
export function waitQuantile(histogram: WaitHistogram, quantile: number): number | undefined {
  const total = histogram.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let below = 0;
  for (const [bucket, count] of histogram.entries()) {
    below += count;
    if (below >= quantile * total) return bucket === 0 ? 0 : 2 ** (bucket / bucketsPerOctave);
  }
  return undefined;
}

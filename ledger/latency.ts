/**
 * Waits by length, as the BPF programs count them: two buckets per octave. Bucket 0 is below 2^10 ns; bucket 1 + 2i + h
 * covers [2^(10+i) (1 + h/2), 2^(10+i) (1 + (h+1)/2)) ns; the last holds everything longer.
 */
export interface WaitLatency {
  /** Waits counted in the window. */
  readonly count: number;
  /** The same by bucket, as far as the last that has any. */
  readonly counts: readonly number[];
  readonly p50Seconds: number;
  readonly p99Seconds: number;
}

const firstOctave = 10;

/** Upper edge of a bucket in seconds. */
export function bucketUpperSeconds(bucket: number): number {
  const [octave, half] = [Math.floor((bucket - 1) / 2), (bucket - 1) % 2];
  return (bucket === 0 ? 2 ** firstOctave : 2 ** (firstOctave + octave) * (1 + (half + 1) / 2)) / 1e9;
}

/** A quantile's upper edge: the true value is at most that, and at least two thirds of it. */
function quantileSeconds(counts: readonly number[], total: number, quantile: number): number {
  let seen = 0;
  for (const [bucket, count] of counts.entries()) {
    seen += count;
    if (seen >= quantile * total) return bucketUpperSeconds(bucket);
  }
  return bucketUpperSeconds(counts.length - 1);
}

/** Undefined where nothing waited. */
export function deriveLatency(counts: readonly number[]): WaitLatency | undefined {
  const total = counts.reduce((a, b) => a + b, 0);
  if (total === 0) return undefined;
  return {
    count: total,
    counts: counts.slice(0, counts.findLastIndex((count) => count > 0) + 1),
    p50Seconds: quantileSeconds(counts, total, 0.5),
    p99Seconds: quantileSeconds(counts, total, 0.99),
  };
}

/** Two windows' waits as one. */
export function addLatencies(
  one: WaitLatency | undefined,
  other: WaitLatency | undefined,
): WaitLatency | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const [longer, shorter] = one.counts.length >= other.counts.length ? [one, other] : [other, one];
  return deriveLatency(longer.counts.map((count, bucket) => count + (shorter.counts[bucket] ?? 0)));
}

/**
 * Durations by length, log-linear as HDR histograms are: 128 buckets per octave of nanoseconds, so a value read back is
 * at most 1/128 (0.8 %) above what was recorded and never below. 64 ns to 5 days fit; counts add up, so histograms of
 * trials and of threads merge without loss.
 *
 * hdr-histogram-js does the same and brings WebAssembly, a loader and a copy of zlib for its wire format; none of that is
 * needed here, and the typed array can be shared memory.
 */

const subBucketBits = 7;
const subBuckets = 2 ** subBucketBits;
const octaves = 43;
export const bucketCount = subBuckets * octaves;

/** The bucket of a duration in nanoseconds; negative ones are 0, longer ones are the last. */
export function bucketOf(durationNs: number): number {
  const value = Math.max(0, Math.floor(durationNs));
  if (value < subBuckets) return value;
  const octave = Math.floor(Math.log2(value)) - subBucketBits + 1;
  const within = Math.floor(value / 2 ** (octave - 1)) - subBuckets;
  return Math.min(octave * subBuckets + within, bucketCount - 1);
}

/** The longest duration of the bucket, nanoseconds. */
export function upperNs(bucket: number): number {
  const octave = Math.floor(bucket / subBuckets);
  if (octave === 0) return bucket;
  return (subBuckets + (bucket % subBuckets) + 1) * 2 ** (octave - 1) - 1;
}

/** Counts by bucket, and as JSON the buckets that are not empty: `[[bucket, count], ...]`, ascending. */
export type SparseHistogram = readonly (readonly [bucket: number, count: number])[];

export type Counts = Uint32Array | Int32Array;

export function newCounts(): Uint32Array {
  return new Uint32Array(bucketCount);
}

export function record(counts: Counts, durationNs: number): void {
  const bucket = bucketOf(durationNs);
  counts[bucket] = (counts[bucket] ?? 0) + 1;
}

export function sparse(counts: Counts): SparseHistogram {
  const filled: (readonly [number, number])[] = [];
  for (const [bucket, count] of counts.entries()) if (count > 0) filled.push([bucket, count]);
  return filled;
}

export function merge(histograms: readonly SparseHistogram[]): SparseHistogram {
  const sums = new Map<number, number>();
  for (const [bucket, count] of histograms.flat()) sums.set(bucket, (sums.get(bucket) ?? 0) + count);
  return [...sums].toSorted(([a], [b]) => a - b);
}

/** What came to a cumulative histogram between two readings of it. */
export function difference(later: SparseHistogram, earlier: SparseHistogram): SparseHistogram {
  const before = new Map(earlier);
  return later
    .map(([bucket, count]) => [bucket, count - (before.get(bucket) ?? 0)] as const)
    .filter(([, count]) => count > 0);
}

export function totalCount(histogram: SparseHistogram): number {
  return histogram.reduce((sum, [, count]) => sum + count, 0);
}

/** The least duration that the part q of all durations does not exceed, nanoseconds; undefined of none. */
export function percentileNs(histogram: SparseHistogram, q: number): number | undefined {
  const wanted = Math.max(1, Math.ceil(q * totalCount(histogram) - 1e-9));
  let seen = 0;
  for (const [bucket, count] of histogram) {
    seen += count;
    if (seen >= wanted) return upperNs(bucket);
  }
  return undefined;
}

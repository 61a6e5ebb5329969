/**
 * Waits per wake-up in the buckets of a Prometheus histogram. The kernel's buckets are two per octave with an edge at each
 * power of two (ledger/latency.ts), and the bounds here are powers of two: counts are added up, never interpolated.
 */
import { bucketUpperSeconds, type WaitLatency } from '../../ledger/latency.ts';

/** log2 of the bounds in nanoseconds: 8 us to 1 s, each octave between 33 us and 67 ms. */
const boundOctaves = [13, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 28, 30];

/** Upper bounds in seconds, ascending; what is longer is counted in one more bucket. */
export const waitBounds: readonly number[] = boundOctaves.map((octave) => 2 ** octave / 1e9);

/** Waits in each bucket, not added up: one entry per bound and one for what is longer. */
export type WaitHistogram = readonly number[];

/** For each bucket of the kernel, the one here that holds it. */
const entryOf: readonly number[] = Array.from({ length: 64 }, (_, bucket) => {
  const entry = waitBounds.findIndex((bound) => bucketUpperSeconds(bucket) <= bound * (1 + 1e-9));
  return entry === -1 ? waitBounds.length : entry;
});

/** The histogram after one more window of the exact source; no wake-up in a window is a zero that was counted. */
export function addWaits(total: WaitHistogram | undefined, latency: WaitLatency | undefined): WaitHistogram {
  const sum = total ?? Array.from({ length: waitBounds.length + 1 }, () => 0);
  if (latency === undefined) return sum;
  const next = [...sum];
  for (const [bucket, count] of latency.counts.entries()) {
    const entry = entryOf[bucket] ?? waitBounds.length;
    next[entry] = (next[entry] ?? 0) + count;
  }
  return next;
}

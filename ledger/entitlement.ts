/**
 * E, what a container wanted and would have wanted up to its reservation, and G = max(0, E - U), from kernel files.
 * E = min(E0 + J, min(R, k*) A) with E0 the integral of min(R, n) and J the induced demand (docs/measurement.md). Since
 * min(R, n) is concave in n and n is at most T, and running threads are at most K:
 *
 *   E0 >= min(R, 1) A     E0 >= min(R, K) U/K     E0 >= min(R, T) N/T
 *   E  <= min(R, T) A
 *   E  <= U + st + (T - 1) V + min(R, 1) y      Nobody waits: n threads run, and min(R, n) - n <= 0. Somebody waits: those that
 *                                               want or are held up are at most T, less those that run; where none runs, y counts.
 *
 * The estimate takes a container to want its whole reservation while one of its threads waits, and outside of such
 * moments just what it got. So nobody waiting is no gap, however far the usage is below the reservation.
 */
import { bounded, type Activity } from './activity.ts';
import type { Bounded } from './ledger.ts';

export interface Entitlement {
  readonly entitled: Bounded;
  readonly gap: Bounded;
}

/**
 * @param reservedCores R, CPUs
 * @param received U, CPU-seconds in the window
 * @param windowSeconds D
 * @param allowedCpuCount K
 */
export function deriveEntitlement(
  activity: Activity,
  reservedCores: number,
  received: number,
  windowSeconds: number,
  allowedCpuCount: number,
): Entitlement {
  const R = reservedCores;
  const U = received;
  const K = allowedCpuCount;
  const { active, anyWaiting, threadWait, mostStopped, mostThreads: T, stolen } = activity;
  const cap = T === undefined ? R : Math.min(R, T);
  const most = R * windowSeconds;
  const lowByThreads = T === undefined || T === 0 ? 0 : (cap / T) * (U + (threadWait?.low ?? 0));
  const low = Math.max(Math.min(R, 1) * active.low, (Math.min(R, K) * U) / K, lowByThreads);
  const heldUp = T === undefined ? Infinity : (T - 1) * anyWaiting.high + Math.min(R, 1) * mostStopped;
  const high = Math.min(cap * active.high, U + stolen.most + Math.max(0, heldUp));
  const estimate = Math.min(cap * active.estimate, U + stolen.own + cap * anyWaiting.estimate);
  const entitled = bounded(Math.min(low, most), Math.min(estimate, most), Math.min(high, most));
  const gapOf = (e: number): number => Math.max(0, e - U);
  return {
    entitled,
    gap: { low: gapOf(entitled.low), estimate: gapOf(entitled.estimate), high: gapOf(entitled.high) },
  };
}

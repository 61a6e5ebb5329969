/**
 * What kernel files say about demand: bounds on the time a container was active and on the time in which one of its
 * threads waited. They do not show n(t), the number of runnable threads; the inequalities hold for any n(t).
 *
 *   D window   U received   S, F PSI some and full   K allowed CPUs   st steal on them   T most threads runnable at once
 *   W thread-seconds waited (sum of run_delay)
 *   A  = time with n >= 1     N = integral of n     V = time in which some thread waits
 *   x  = waiting time summed over CPUs     y = the same where a CPU holds runnable threads of the group and runs none
 *
 *   V >= S     PSI is a mean over the group's non-idle CPUs, weighted by their non-idle time; a mean is no more than the union
 *   x <= sqrt(K S (U + st + y)), y <= (K F + sqrt((K F)^2 + 4 K F (U + st))) / 2
 *              With s_c waiting and w_c non-idle time of CPU c: S = sum(s_c w_c) / sum(w_c), s_c <= w_c, so Cauchy gives
 *              x^2 <= K S sum(w_c); and the group's CPUs are non-idle only while they run it, are stolen from it, or count in y.
 *   V <= min(D, x)     A <= min(D, U + st + min(y, V))     active with nobody running: some CPU counts in y
 *   A >= max(S, U/K, N/T)     N >= U + S
 *
 * U + S is no upper bound of A: a thread that runs on one CPU for half the window and waits on another for the
 * other half has U = D/2, S = D/4 and A = D. Sums of run_delay sharpen the bounds, allowing for waits that straddle
 * the window's edges: a wait is added when it ends, so one begun before the window is counted in it, and one not yet ended is not.
 */
import type { Bounded } from './ledger.ts';

export interface Activity {
  /** A: time with at least one runnable thread. */
  readonly active: Bounded;
  /** V: time in which at least one runnable thread did not run, throttled threads included. */
  readonly anyWaiting: Bounded;
  /** Time in which a CPU held runnable threads and ran none of them: at most y and V. */
  readonly mostStopped: number;
  /** W: thread-seconds runnable but not running; absent where neither threads nor pressure tell. */
  readonly threadWait: Bounded | undefined;
  /** T: bound on threads runnable at once; absent where unknown. */
  readonly mostThreads: number | undefined;
  readonly stolen: Stolen;
}

/** CPU-seconds that the hypervisor took from the allowed CPUs: from this container at most `most`, by its share of the use `own`. */
export interface Stolen {
  readonly own: number;
  readonly most: number;
}

export interface ActivityEvidence {
  readonly windowSeconds: number;
  readonly received: number;
  readonly allowedCpuCount: number;
  readonly stolen: Stolen;
  readonly pressureSome: number | undefined;
  readonly pressureFull: number | undefined;
  /** Waits that ended in the window, where threads were read. */
  readonly threadWait?: number;
  /** Of those, what may lie before the window. */
  readonly carriedIn?: number;
  /** The longest wait that may be under way at the window's end. */
  readonly pending?: number;
  readonly mostThreads?: number;
}

/** PSI weighs CPUs in whole jiffies (4 ms at 250 Hz): shorter waits may not show. */
const jiffySeconds = 0.004;

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Never lets rounding or skew between two files put the bounds the wrong way round. */
export function bounded(low: number, estimate: number, high: number): Bounded {
  const top = Math.max(low, high);
  return { low, estimate: clamp(estimate, low, top), high: top };
}

export function deriveActivity(evidence: ActivityEvidence): Activity {
  const { windowSeconds: D, received: U, allowedCpuCount: K, mostThreads: T, stolen } = evidence;
  const S = evidence.pressureSome ?? 0;
  const stopped = mostStoppedByPressure(evidence);
  const anyWaiting = deriveAnyWaiting(evidence, stopped);
  const threadWait = deriveThreadWait(evidence, anyWaiting);
  const mostStopped = Math.min(stopped, anyWaiting.high);
  const byThreads = T === undefined || T === 0 ? 0 : (U + (threadWait?.low ?? 0)) / T;
  const low = Math.min(D, Math.max(S, U / K, byThreads));
  const high = Math.min(D, U + stolen.most + mostStopped);
  // A single thread is active exactly while it runs or waits; several overlap by an unknown amount.
  const runnable = Math.min(U + (threadWait?.estimate ?? 0) + stolen.own, T === undefined ? Infinity : T * D);
  const overlapped = evidence.pressureSome === undefined ? runnable : U + S + stolen.own;
  const estimate = T === 1 ? runnable : Math.min(overlapped, runnable);
  return {
    active: bounded(low, estimate, high),
    anyWaiting,
    mostStopped,
    threadWait,
    mostThreads: T,
    stolen,
  };
}

/** y: all of the window where there is no pressure to tell. */
function mostStoppedByPressure(evidence: ActivityEvidence): number {
  const { windowSeconds: D, received: U, allowedCpuCount: K, stolen } = evidence;
  const F = evidence.pressureFull ?? evidence.pressureSome;
  if (F === undefined) return D;
  const y = (K * F + Math.sqrt((K * F) ** 2 + 4 * K * F * (U + stolen.most))) / 2;
  return Math.min(D, y + jiffySlack(evidence));
}

/** Pressure is collected every 2 s and at each read; each collection may lose a jiffy per CPU that the group can be on. */
const jiffySlack = ({ windowSeconds, allowedCpuCount, mostThreads }: ActivityEvidence): number =>
  jiffySeconds *
  Math.min(allowedCpuCount, mostThreads ?? allowedCpuCount) *
  (1 + Math.ceil(windowSeconds / 2));

/** V. Estimated by its upper end, the plain sum of waits, which is exact while waits do not overlap. */
function deriveAnyWaiting(evidence: ActivityEvidence, stopped: number): Bounded {
  const { windowSeconds: D, received: U, pressureSome: S, allowedCpuCount: K, threadWait: W } = evidence;
  const low = Math.min(D, S ?? 0);
  const nonIdle = Math.min(K * D, U + evidence.stolen.most + stopped);
  const byPressure = S === undefined ? D : Math.sqrt(K * S * nonIdle) + jiffySlack(evidence);
  // A thread that waited all along has shown nothing yet: then pressure is more than the waits that ended.
  const byThreads = W === undefined || (S ?? 0) > W ? D : W + (evidence.pending ?? 0);
  const high = Math.min(D, byThreads, byPressure);
  // Without the threads' own counters, the CPUs in use are taken to be equally affected; with nothing at all, nobody is accused.
  const fromPressure = (S ?? 0) * clamp(Math.ceil(U / D), 1, K);
  return bounded(low, W === undefined ? fromPressure : Math.max(W, S ?? 0), high);
}

function deriveThreadWait(evidence: ActivityEvidence, anyWaiting: Bounded): Bounded | undefined {
  const { threadWait: W, carriedIn = 0, mostThreads: T, pressureSome: S } = evidence;
  const most = T === undefined ? Infinity : T * anyWaiting.high;
  if (W !== undefined) return bounded(Math.max(S ?? 0, W - carriedIn), Math.max(W, S ?? 0), most);
  return S === undefined ? undefined : bounded(S, anyWaiting.estimate, most);
}

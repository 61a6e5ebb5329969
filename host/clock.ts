/** The only place that asks for time or sets timers; everything else takes a Clock, so that tests can hold it still. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** CLOCK_MONOTONIC, nanoseconds: for all arithmetic. */
  monotonicNs(): bigint;
  /** Milliseconds since the epoch: for people only, it can jump. */
  wallTimeMs(): number;
  /** Resolves after `ms`, or at once when the signal aborts: callers look at the signal, not at an exception. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  monotonicNs: () => process.hrtime.bigint(),
  wallTimeMs: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await delay(Math.max(0, ms), undefined, signal ? { signal } : {});
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  },
};

/**
 * Yields once per interval until the signal aborts, the first time at once. Deadlines are counted from the previous
 * deadline, so ticks do not drift; deadlines that were missed are skipped, not made up for. The interval is asked for
 * anew at each tick, because a reader over its budget lengthens it.
 */
export async function* everyInterval(
  clock: Clock,
  intervalMs: () => number,
  signal: AbortSignal,
): AsyncGenerator<void, void, undefined> {
  let deadlineNs = clock.monotonicNs();
  while (!signal.aborted) {
    yield;
    const intervalNs = BigInt(Math.max(1, Math.round(intervalMs() * 1e6)));
    const nowNs = clock.monotonicNs();
    deadlineNs += intervalNs;
    if (deadlineNs < nowNs) deadlineNs += ((nowNs - deadlineNs) / intervalNs + 1n) * intervalNs;
    await clock.sleep(Number(deadlineNs - nowNs) / 1e6, signal);
  }
}

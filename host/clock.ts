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
 * Yields 'tick' once per interval until the signal aborts, the first time at once, and 'step' at equal distances between two
 * ticks where `stepsPerTick` is more than 1. Deadlines are counted from the previous deadline, so ticks do not drift;
 * deadlines that were missed are skipped, not made up for. The interval is asked for anew at each tick, because a reader
 * over its budget lengthens it.
 */
export async function* everyIntervalInSteps(
  clock: Clock,
  intervalMs: () => number,
  stepsPerTick: () => number,
  signal: AbortSignal,
): AsyncGenerator<'tick' | 'step', void, undefined> {
  let deadlineNs = clock.monotonicNs();
  while (!signal.aborted) {
    yield 'tick';
    const intervalNs = BigInt(Math.max(1, Math.round(intervalMs() * 1e6)));
    const nowNs = clock.monotonicNs();
    deadlineNs += intervalNs;
    if (deadlineNs < nowNs) deadlineNs += ((nowNs - deadlineNs) / intervalNs + 1n) * intervalNs;
    const steps = BigInt(Math.max(1, Math.floor(stepsPerTick())));
    for (let left = steps - 1n; left > 0n; left -= 1n) {
      const isOver = await sleepUntil(clock, deadlineNs - (intervalNs * left) / steps, signal);
      if (!isOver) yield 'step';
    }
    await sleepUntil(clock, deadlineNs, signal);
  }
}

/** True where the time had come before, or the signal ended the sleep. */
async function sleepUntil(clock: Clock, timeNs: bigint, signal: AbortSignal): Promise<boolean> {
  const leftNs = timeNs - clock.monotonicNs();
  if (leftNs <= 0n) return true;
  await clock.sleep(Number(leftNs) / 1e6, signal);
  return signal.aborted;
}

/** The same without steps. */
export async function* everyInterval(
  clock: Clock,
  intervalMs: () => number,
  signal: AbortSignal,
): AsyncGenerator<void, void, undefined> {
  const moments = everyIntervalInSteps(clock, intervalMs, () => 1, signal);
  while ((await moments.next()).done !== true) yield;
}

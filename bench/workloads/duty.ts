import { hrtime } from 'node:process';
import { bucketOf } from '../statistics/histogram.ts';
import { slot, type WorkloadThread } from './thread-loop.ts';

/** Works for `workMs` once every `everyMs`, the threads one after the other. Counts pieces of work. */
export function duty(thread: WorkloadThread): void {
  const { everyMs, threads } = thread.parameters;
  workOnSchedule(thread, (everyMs * thread.index) / threads);
}

/** Like `duty`, but all threads start at the same moment: ten of them ask for ten CPUs, then for none. */
export function burst(thread: WorkloadThread): void {
  workOnSchedule(thread, 0);
}

/** Keeps to a schedule fixed at the start, so that a late piece of work does not move the next one. */
function workOnSchedule(
  { shared, latency, doWork, iterationsPerMs, parameters }: WorkloadThread,
  offsetMs: number,
): void {
  const { workMs, everyMs } = parameters;
  const iterations = Math.round(iterationsPerMs * workMs);
  const startMs = Math.ceil(nowMs() / everyMs) * everyMs + offsetMs;
  for (let turn = 0, value = 1; ; turn++) {
    const dueMs = startMs + turn * everyMs;
    sleepUntil(dueMs);
    value = doWork(iterations, value);
    Atomics.add(latency, bucketOf((nowMs() - dueMs) * 1e6), 1);
    Atomics.add(shared, slot.completed, 1);
  }
}

/** CLOCK_MONOTONIC: performance.now() begins anew in each thread. */
const nowMs = (): number => Number(hrtime.bigint()) / 1e6;

const neverNotified = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

function sleepUntil(dueMs: number): void {
  for (let leftMs = dueMs - nowMs(); leftMs > 0; leftMs = dueMs - nowMs()) {
    Atomics.wait(neverNotified, 0, 0, leftMs);
  }
}

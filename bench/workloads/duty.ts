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
  { shared, doWork, iterationsPerMs, parameters }: WorkloadThread,
  offsetMs: number,
): void {
  const { workMs, everyMs } = parameters;
  const iterations = Math.round(iterationsPerMs * workMs);
  // Each thread's performance.now() begins with the thread; the wall clock is the one that all of them share.
  const startMs = Math.ceil(Date.now() / everyMs) * everyMs + offsetMs;
  for (let turn = 0, value = 1; ; turn++) {
    sleepUntil(startMs + turn * everyMs);
    value = doWork(iterations, value);
    Atomics.add(shared, slot.completed, 1);
  }
}

const neverNotified = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

function sleepUntil(wallMs: number): void {
  const leftMs = wallMs - Date.now();
  if (leftMs > 0) Atomics.wait(neverNotified, 0, 0, leftMs);
}

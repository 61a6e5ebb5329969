import { slot, type WorkloadThread } from './thread-loop.ts';

/**
 * Every thread does its work, waits for all the others, and begins again: a phase is as long as its slowest thread
 * needs. They meet twice, when they have finished and before they go on, as with POSIX barriers. Counts phases.
 */
export function barrier(thread: WorkloadThread): void {
  workInPhases(thread, (shared, generation) => {
    Atomics.wait(shared, slot.generation, generation);
  });
}

/** The same, but whoever waits for the others burns its CPU meanwhile, as OpenMP and MPI programs often do. */
export function spinningBarrier(thread: WorkloadThread): void {
  workInPhases(thread, () => undefined);
}

/** Called again and again while the generation is still this one. */
type WaitALittle = (shared: Int32Array, generation: number) => void;

function workInPhases(
  { shared, doWork, iterationsPerMs, parameters }: WorkloadThread,
  waitALittle: WaitALittle,
): void {
  const iterations = Math.round(iterationsPerMs * parameters.workMs);
  for (let value = 1; ;) {
    value = doWork(iterations, value);
    const last = meet(shared, parameters.threads, waitALittle);
    if (last) Atomics.add(shared, slot.completed, 1);
    meet(shared, parameters.threads, waitALittle);
  }
}

/** Returns when all threads have called it; true in the one that came last. */
function meet(shared: Int32Array, threads: number, waitALittle: WaitALittle): boolean {
  const generation = Atomics.load(shared, slot.generation);
  if (Atomics.add(shared, slot.arrived, 1) === threads - 1) {
    Atomics.store(shared, slot.arrived, 0);
    Atomics.add(shared, slot.generation, 1);
    Atomics.notify(shared, slot.generation);
    return true;
  }
  while (Atomics.load(shared, slot.generation) === generation) {
    waitALittle(shared, generation);
  }
  return false;
}

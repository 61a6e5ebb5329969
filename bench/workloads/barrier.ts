import { slot, type WorkloadThread } from './thread-loop.ts';

/**
 * Every thread does its work, waits for all the others, and begins again: a phase is as long as its slowest thread
 * needs. They meet twice, when they have finished and before they go on, as with POSIX barriers. Counts phases.
 */
export function barrier({ shared, doWork, iterationsPerMs, parameters }: WorkloadThread): void {
  const iterations = Math.round(iterationsPerMs * parameters.workMs);
  for (let value = 1; ;) {
    value = doWork(iterations, value);
    const last = meet(shared, parameters.threads);
    if (last) Atomics.add(shared, slot.completed, 1);
    meet(shared, parameters.threads);
  }
}

/** Returns when all threads have called it; true in the one that came last. */
function meet(shared: Int32Array, threads: number): boolean {
  const generation = Atomics.load(shared, slot.generation);
  if (Atomics.add(shared, slot.arrived, 1) === threads - 1) {
    Atomics.store(shared, slot.arrived, 0);
    Atomics.add(shared, slot.generation, 1);
    Atomics.notify(shared, slot.generation);
    return true;
  }
  while (Atomics.load(shared, slot.generation) === generation) {
    Atomics.wait(shared, slot.generation, generation);
  }
  return false;
}

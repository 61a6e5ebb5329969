import { slot, type WorkloadThread } from './thread-loop.ts';

/** One thread works at a time, each in its turn: whoever is kept from its CPU keeps all the others asleep. */
export function pipeline({ index, shared, doWork, iterationsPerMs, parameters }: WorkloadThread): void {
  const iterations = Math.round(iterationsPerMs * parameters.workMs);
  for (let value = 1; ;) {
    const turn = Atomics.load(shared, slot.generation);
    if (turn % parameters.threads !== index) {
      Atomics.wait(shared, slot.generation, turn);
      continue;
    }
    value = doWork(iterations, value);
    Atomics.add(shared, slot.completed, 1);
    Atomics.store(shared, slot.generation, (turn + 1) % parameters.threads);
    Atomics.notify(shared, slot.generation);
  }
}

/** All threads work under one lock, and a tenth as long outside of it. */
export function convoy({ shared, doWork, iterationsPerMs, parameters }: WorkloadThread): void {
  const iterations = Math.round(iterationsPerMs * parameters.workMs);
  const outside = Math.ceil(iterations / 10);
  for (let value = 1; ;) {
    while (Atomics.compareExchange(shared, slot.arrived, 0, 1) !== 0) Atomics.wait(shared, slot.arrived, 1);
    value = doWork(iterations, value);
    Atomics.add(shared, slot.completed, 1);
    Atomics.store(shared, slot.arrived, 0);
    Atomics.notify(shared, slot.arrived, 1);
    value = doWork(outside, value);
  }
}

import { slot, type WorkloadThread } from './thread-loop.ts';

const iterationsPerPiece = 500_000;

/** Never sleeps. Counts pieces of work, of about a millisecond, done by all threads together. */
export function spin({ shared, doWork }: WorkloadThread): void {
  for (let value = 1; ;) {
    value = doWork(iterationsPerPiece, value);
    Atomics.add(shared, slot.completed, 1);
  }
}

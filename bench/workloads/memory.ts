import { slot, type WorkloadThread } from './thread-loop.ts';

/** More than a core's share of any last-level cache, so that every copy goes to memory. */
const blockBytes = 32 * 1024 * 1024;

/** Copies a block of memory again and again, at the speed that memory gives. Counts blocks copied by all threads. */
export function memory({ shared }: WorkloadThread): void {
  const [from, to] = [new Uint8Array(blockBytes).fill(1), new Uint8Array(blockBytes)];
  for (;;) {
    to.set(from);
    Atomics.add(shared, slot.completed, 1);
  }
}

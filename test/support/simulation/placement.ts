/** Where threads go: a guess that is often right, as the kernel's is, so that all sorts of placements occur. */
import type { Cpu } from './cpu.ts';
import type { GroupQueue } from './group.ts';
import { pickOne, type Random } from './random.ts';
import type { Scheduling } from './spec.ts';
import type { Thread } from './thread.ts';

/** For a waking thread: its last CPU if idle, else perhaps an idle one, else its last or any. */
export const chooseCpu = (
  thread: Thread,
  cpus: readonly Cpu[],
  scheduling: Scheduling,
  random: Random,
): number => {
  if (cpus[thread.cpu]!.isIdle) return thread.cpu;
  const idle = thread.allowed.filter((cpu) => cpus[cpu]!.isIdle);
  if (idle.length > 0 && random() < scheduling.findIdle) return pickOne(random, idle)!;
  return random() < scheduling.stayPut ? thread.cpu : pickOne(random, thread.allowed)!;
};

/** Threads that wait on `from`, not throttled, and may run on `to`. */
export const movableThreads = (from: Cpu, to: Cpu): readonly Thread[] => {
  const found: Thread[] = [];
  const visit = (queue: GroupQueue): void => {
    for (const entity of queue.entities) {
      if (entity.kind === 'queue') visit(entity);
      else if (entity.state === 'waiting' && entity.allowed.includes(to.index)) found.push(entity);
    }
  };
  visit(from.root);
  return found;
};

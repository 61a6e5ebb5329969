/** Bandwidth control, the queues' side: who has used up its runtime is throttled until there is more. */
import { dequeueQueue, enqueueQueue, startWaiting, stopWaiting } from './events-queueing.ts';
import { hasRuntime } from './events-quota.ts';
import { mustPick, type Group, type Queue, type Thread, type World } from './events-world.ts';

/** Stops the queues of a thread that have nothing left; true when there was one. */
export function throttleExhausted(world: World, thread: Thread): boolean {
  let found = false;
  for (let queue: Queue | undefined = thread.entity.queue; queue; queue = queue.entity?.queue) {
    if (queue.group.quotaNs === Infinity || queue.throttled || hasRuntime(world, queue)) continue;
    throttle(world, queue);
    found = true;
  }
  return found;
}

/** The period ends: the pool is filled, and who was stopped goes on as far as it lasts. */
export function refill(world: World, group: Group): void {
  group.poolNs = Math.min(group.poolNs + group.quotaNs, group.quotaNs + group.burstNs);
  distribute(world, group);
}

/** Also when runtime that another CPU did not need has come back. */
export function distribute(world: World, group: Group): void {
  for (const queue of group.queues) {
    if (!queue.throttled || group.poolNs <= 0) continue;
    const given = Math.min(group.poolNs, 1 - queue.runtimeNs);
    group.poolNs -= given;
    queue.runtimeNs += given;
    if (queue.runtimeNs > 0) unthrottle(world, queue);
  }
}

function throttle(world: World, queue: Queue): void {
  dequeueQueue(world, queue);
  queue.throttled = true;
  queue.throttledAtNs = world.nowNs;
  eachQueueBelow(world, queue, (below) => {
    below.throttleDepth += 1;
    if (below.throttleDepth === 1)
      eachWaiting(below, (thread) => {
        stopWaiting(world, thread);
      });
  });
}

function unthrottle(world: World, queue: Queue): void {
  accountThrottling(world, queue);
  queue.throttled = false;
  eachQueueBelow(world, queue, (below) => {
    below.throttleDepth -= 1;
    if (below.throttleDepth === 0)
      eachWaiting(below, (thread) => {
        startWaiting(world, thread);
      });
  });
  enqueueQueue(world, queue);
  if (!queue.cpu.current) mustPick(world, queue.cpu);
}

export function accountThrottling(world: World, queue: Queue): void {
  if (!queue.throttled) return;
  if (queue.runnable > 0) queue.group.throttledNs += world.nowNs - queue.throttledAtNs;
  queue.throttledAtNs = world.nowNs;
}

function eachQueueBelow({ groups }: World, { group, cpu }: Queue, visit: (queue: Queue) => void): void {
  for (let index = group.index; index < group.end; index++) {
    const queue = groups[index]?.queues[cpu.index];
    if (queue) visit(queue);
  }
}

function eachWaiting({ group, cpu }: Queue, visit: (thread: Thread) => void): void {
  for (const thread of group.threads) {
    if (thread.cpu === cpu && thread.runnable && cpu.current !== thread) visit(thread);
  }
}

/** Putting threads on the queues of their groups, up to the root, and taking them off. */
import { placeEntity, removeEntity, virtualOf } from './events-fairness.ts';
import { moveLoad, updateGroupWeight, updateQueueLoad, updateThreadLoad } from './events-load.ts';
import { chargeQuota, giveBackRuntime, hasRuntime } from './events-quota.ts';
import { mustPick, type Cpu, type Entity, type Queue, type Thread, type World } from './events-world.ts';

/** Accounts what the running thread has run since the last time, on all levels. */
export function updateCurrent(world: World, cpu: Cpu): void {
  const thread = cpu.current;
  if (!thread) return;
  const ns = world.nowNs - cpu.runningSinceNs;
  if (ns <= 0) return;
  cpu.runningSinceNs = world.nowNs;
  thread.remainingNs -= ns;
  thread.group.receivedNs += ns;
  for (let entity: Entity | undefined = thread.entity; entity; entity = entity.queue.entity) {
    entity.vruntime += virtualOf(ns, entity);
    const { queue } = entity;
    if (entity.vruntime >= entity.deadline) {
      entity.deadline = entity.vruntime + virtualOf(world.settings.sliceNs, entity);
      if (queue.count > 1) mustPick(world, cpu);
    }
    if (queue.group.quotaNs < Infinity) chargeQuota(world, queue, ns);
  }
}

/** Makes a thread runnable where its entity stands. */
export function enqueueThread(world: World, thread: Thread, isNew = false): void {
  updateCurrent(world, thread.cpu);
  updateThreadLoad(world, thread);
  thread.runnable = true;
  startWaiting(world, thread);
  climb(world, thread.entity, isNew);
  countRunnable(thread.entity.queue, 1);
}

/** From a queue that was throttled: what is below comes back to the parents. */
export function enqueueQueue(world: World, queue: Queue): void {
  const { entity } = queue;
  if (!entity) return;
  updateCurrent(world, queue.cpu);
  if (queue.count > 0) climb(world, entity, false);
  if (queue.runnable > 0) countRunnable(entity.queue, queue.runnable, queue.idleRunnable, queue.group.idle);
}

function climb(world: World, from: Entity, isNew: boolean): void {
  let entity: Entity | undefined = from;
  while (entity && !entity.onQueue) {
    const queue: Queue = entity.queue;
    updateQueueLoad(world, queue);
    if (entity.owned) updateGroupWeight(entity);
    placeEntity(entity, world.settings, isNew);
    if (queue.count === 1 && !queue.throttled && !hasRuntime(world, queue)) mustPick(world, queue.cpu);
    entity = queue.throttled ? undefined : queue.entity;
  }
  if (entity?.delayed === true) {
    // It has not paid yet: it keeps its place.
    entity.delayed = false;
  }
  for (; entity; entity = entity.queue.throttled ? undefined : entity.queue.entity) {
    updateQueueLoad(world, entity.queue);
    updateGroupWeight(entity);
  }
}

/** Takes a thread off: asleep, or on its way to another CPU. */
export function dequeueThread(world: World, thread: Thread, isSleep: boolean): void {
  updateCurrent(world, thread.cpu);
  updateThreadLoad(world, thread);
  stopWaiting(world, thread);
  thread.runnable = false;
  countRunnable(thread.entity.queue, -1);
  descend(world, thread.entity, isSleep);
}

export function dequeueQueue(world: World, queue: Queue): void {
  const { entity } = queue;
  if (!entity) return;
  if (queue.runnable > 0) countRunnable(entity.queue, -queue.runnable, -queue.idleRunnable, queue.group.idle);
  if (!entity.onQueue) return;
  entity.delayed = false;
  descend(world, entity, false);
}

/** A sleeper that had stayed and was picked: now it goes. */
export function dequeueDelayed(world: World, entity: Entity): void {
  entity.delayed = false;
  leave(world, entity);
  entity.lag = Math.min(0, entity.lag);
  if (entity.queue.entity && entity.queue.count === 0 && !entity.queue.throttled) {
    descend(world, entity.queue.entity, true);
  }
}

function descend(world: World, from: Entity, isSleep: boolean): void {
  let entity: Entity | undefined = from;
  while (entity?.onQueue === true) {
    if (isSleep && !isEligibleToLeave(entity)) {
      entity.delayed = true;
      break;
    }
    leave(world, entity);
    const queue: Queue = entity.queue;
    if (queue.count > 0 || queue.throttled) {
      entity = queue.throttled ? undefined : queue.entity;
      break;
    }
    entity = queue.entity;
  }
  for (; entity; entity = entity.queue.throttled ? undefined : entity.queue.entity) {
    updateQueueLoad(world, entity.queue);
    updateGroupWeight(entity);
  }
}

function leave(world: World, entity: Entity): void {
  const { queue } = entity;
  updateQueueLoad(world, queue);
  removeEntity(entity, world.settings);
  if (queue.count === 0 && queue.group.quotaNs < Infinity) giveBackRuntime(world, queue);
}

function isEligibleToLeave(entity: Entity): boolean {
  const { queue } = entity;
  if (queue.count === 1) return true;
  let sum = 0;
  for (let other = queue.first; other; other = other.next) {
    sum += other.weight * (other.vruntime - entity.vruntime);
  }
  return sum >= -1e-3;
}

/** A delayed thread that wakes goes on where it is. */
export function resumeDelayed(world: World, thread: Thread): void {
  updateCurrent(world, thread.cpu);
  updateThreadLoad(world, thread);
  thread.runnable = true;
  thread.entity.delayed = false;
  startWaiting(world, thread);
  countRunnable(thread.entity.queue, 1);
  climb(world, thread.entity, false);
}

/** Moves a thread that waits to another CPU. */
export function migrate(world: World, thread: Thread, to: Cpu): void {
  world.events += 1;
  const { entity } = thread;
  if (thread.runnable) {
    const left = entity.deadline - entity.vruntime;
    dequeueThread(world, thread, false);
    entity.relativeDeadline = left;
  }
  settle(world, thread, to);
  enqueueThread(world, thread);
}

/** Makes `to` the CPU of a thread that is on no queue. */
export function settle(world: World, thread: Thread, to: Cpu): void {
  const from = thread.entity.queue;
  const target = thread.group.queues[to.index];
  thread.cpu = to;
  if (!target || target === from) return;
  updateThreadLoad(world, thread);
  for (let queue: Queue | undefined = from; queue; queue = queue.entity?.queue) updateQueueLoad(world, queue);
  for (let queue: Queue | undefined = target; queue; queue = queue.entity?.queue)
    updateQueueLoad(world, queue);
  moveLoad(thread, from, target);
  thread.entity.queue = target;
}

/** A thread that is runnable and does not run waits, unless a quota holds it: that is not waiting. */
export function startWaiting(world: World, thread: Thread): void {
  thread.waitSinceNs = thread.entity.queue.throttleDepth > 0 ? -1 : world.nowNs;
}

export function stopWaiting(world: World, thread: Thread): void {
  if (thread.waitSinceNs < 0) return;
  const ns = world.nowNs - thread.waitSinceNs;
  thread.waitSinceNs = -1;
  thread.group.waitedNs += ns;
  if (thread.wakeWaitNs >= 0) thread.wakeWaitNs += ns;
}

/** Counts runnable threads from a queue up to the root or to the first throttled queue. */
function countRunnable(from: Queue, count: number, idleCount = 0, isIdle = false): void {
  let idle = isIdle ? count : idleCount;
  for (let queue: Queue | undefined = from; queue; queue = queue.entity?.queue) {
    if (queue.group.idle) idle = count;
    queue.runnable += count;
    queue.idleRunnable += idle;
    if (queue.throttled) return;
  }
}

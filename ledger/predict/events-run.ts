/** The loop: what is due next, and who runs on each CPU after it. */
import { accountThrottling, distribute, refill, throttleExhausted } from './events-bandwidth.ts';
import { pickEntity } from './events-fairness.ts';
import { updateGroupWeight, updateQueueLoad } from './events-load.ts';
import { balanceAtTick, pullForIdle } from './events-placement.ts';
import { beginDuty, finishWork, startThread } from './events-programs.ts';
import { dequeueDelayed, startWaiting, stopWaiting, updateCurrent } from './events-queueing.ts';
import {
  doneSlot,
  periodSlot,
  tickSlot,
  type Cpu,
  type Entity,
  type Queue,
  type Thread,
  type World,
} from './events-world.ts';
import { recordWait } from './wait-histogram.ts';

/** Lets all threads begin, in an order that the seed gives, and the periods of quotas run from moments that it gives. */
export function startWorld(world: World): void {
  for (const group of world.groups) {
    if (group.quotaNs === Infinity) continue;
    world.heap.set(periodSlot(world, group), Math.floor(world.random() * group.periodNs));
  }
  for (const cpu of world.cpus) {
    cpu.nextBalanceNs = Math.floor(world.random() * 32_000_000);
    cpu.nextWideBalanceNs = Math.floor(world.random() * 64_000_000);
  }
  for (const thread of shuffled(world.threads, world)) startThread(world, thread);
  pickAll(world);
}

function shuffled(threads: readonly Thread[], { random }: World): readonly Thread[] {
  const order = [...threads];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [a, b] = [order[i], order[j]];
    if (a && b) [order[i], order[j]] = [b, a];
  }
  return order;
}

export function runUntil(world: World, untilNs: number): void {
  const { heap } = world;
  for (let at = heap.firstTime(); at <= untilNs; at = heap.firstTime()) {
    world.nowNs = at;
    handle(world, heap.firstSlot());
    pickAll(world);
  }
  world.nowNs = untilNs;
  closeAccounts(world);
}

function handle(world: World, slot: number): void {
  const { cpus, threads } = world;
  world.events += 1;
  if (slot < cpus.length) {
    const cpu = cpus[slot];
    if (cpu) done(world, cpu);
  } else if (slot < 2 * cpus.length) {
    const cpu = cpus[slot - cpus.length];
    if (cpu) tick(world, cpu);
  } else if (slot < 2 * cpus.length + threads.length) {
    const thread = threads[slot - 2 * cpus.length];
    if (thread) beginDuty(world, thread);
  } else {
    handleQuota(world, slot, slot - 2 * cpus.length - threads.length);
  }
}

function handleQuota(world: World, slot: number, place: number): void {
  const { groups, heap, nowNs } = world;
  const group = groups[place % groups.length];
  if (!group) return;
  if (place < groups.length) {
    refill(world, group);
    heap.set(slot, nowNs + group.periodNs);
  } else {
    heap.remove(slot);
    distribute(world, group);
  }
}

function done(world: World, cpu: Cpu): void {
  const thread = cpu.current;
  updateCurrent(world, cpu);
  if (thread && thread.remainingNs <= 0) finishWork(world, thread);
  if (cpu.current) scheduleDone(world, cpu, cpu.current);
}

function scheduleDone(world: World, cpu: Cpu, { remainingNs }: Thread): void {
  if (remainingNs === Infinity) world.heap.remove(doneSlot(cpu));
  else world.heap.set(doneSlot(cpu), cpu.runningSinceNs + Math.max(1, remainingNs));
}

function tick(world: World, cpu: Cpu): void {
  updateCurrent(world, cpu);
  for (let entity: Entity | undefined = cpu.current?.entity; entity; entity = entity.queue.entity) {
    updateQueueLoad(world, entity.queue);
    updateGroupWeight(entity);
  }
  balanceAtTick(world, cpu);
  world.heap.set(tickSlot(world, cpu), world.nowNs + world.settings.tickNs);
}

function pickAll(world: World): void {
  // Picking may ask for more of it, on other CPUs too.
  while (world.pickCount > 0) {
    world.pickCount -= 1;
    const cpu = world.cpus[world.picks[world.pickCount] ?? 0];
    if (cpu) pickFor(world, cpu);
  }
}

function pickFor(world: World, cpu: Cpu): void {
  updateCurrent(world, cpu);
  if (cpu.current) throttleExhausted(world, cpu.current);
  let next = pickThread(world, cpu);
  if (!next && pullForIdle(world, cpu)) next = pickThread(world, cpu);
  // What it asked for itself meanwhile has been answered.
  cpu.mustPick = false;
  switchTo(world, cpu, next);
}

/** From the root down; sleepers that stayed are let go, queues without runtime are throttled on the way. */
function pickThread(world: World, cpu: Cpu): Thread | undefined {
  for (let queue = cpu.root; ;) {
    const entity = pickEntity(queue);
    if (!entity) return undefined;
    if (entity.delayed) {
      dequeueDelayed(world, entity);
      queue = cpu.root;
    } else if (entity.thread) {
      if (!throttleExhausted(world, entity.thread)) return entity.thread;
      queue = cpu.root;
    } else if (entity.owned) {
      queue = entity.owned;
    }
  }
}

function switchTo(world: World, cpu: Cpu, next: Thread | undefined): void {
  const previous = cpu.current;
  if (previous === next) return;
  world.events += 1;
  if (previous) stop(world, cpu, previous);
  else {
    cpu.idleNs += world.nowNs - cpu.idleSinceNs;
    world.idleCpus -= 1;
    world.heap.set(tickSlot(world, cpu), nextTick(world));
  }
  if (next) start(world, cpu, next);
  else {
    cpu.current = undefined;
    cpu.idleSinceNs = world.nowNs;
    world.idleCpus += 1;
    world.heap.remove(doneSlot(cpu));
    world.heap.remove(tickSlot(world, cpu));
  }
}

const nextTick = ({ nowNs, settings }: World): number =>
  (Math.floor(nowNs / settings.tickNs) + 1) * settings.tickNs;

function stop(world: World, cpu: Cpu, thread: Thread): void {
  thread.lastRanNs = world.nowNs;
  for (let queue: Queue | undefined = cpu.root; queue;) {
    const running: Entity | undefined = queue.current;
    queue.current = undefined;
    queue = running?.owned;
  }
  clearCurrent(thread);
  if (thread.runnable) startWaiting(world, thread);
}

/** Where a level in between has left its queue, the walk from the root ends early. */
function clearCurrent(thread: Thread): void {
  for (let entity: Entity | undefined = thread.entity; entity; entity = entity.queue.entity) {
    entity.queue.current = undefined;
  }
}

function start(world: World, cpu: Cpu, thread: Thread): void {
  stopWaiting(world, thread);
  if (thread.wakeWaitNs >= 0) recordWait(thread.group.waits, thread.wakeWaitNs);
  thread.wakeWaitNs = -1;
  for (let entity: Entity | undefined = thread.entity; entity; entity = entity.queue.entity) {
    entity.queue.current = entity;
  }
  cpu.current = thread;
  cpu.runningSinceNs = world.nowNs;
  scheduleDone(world, cpu, thread);
}

/** Accounts everything that is still going on up to now. */
function closeAccounts(world: World): void {
  for (const cpu of world.cpus) {
    updateCurrent(world, cpu);
    if (cpu.current) continue;
    cpu.idleNs += world.nowNs - cpu.idleSinceNs;
    cpu.idleSinceNs = world.nowNs;
  }
  for (const thread of world.threads) {
    if (thread.waitSinceNs < 0) continue;
    stopWaiting(world, thread);
    thread.waitSinceNs = world.nowNs;
  }
  for (const group of world.groups) for (const queue of group.queues) accountThrottling(world, queue);
}

/** Forgets what was counted so far: the warm-up is over. */
export function resetAccounts(world: World): void {
  world.events = 0;
  for (const cpu of world.cpus) cpu.idleNs = 0;
  for (const group of world.groups) {
    group.receivedNs = 0;
    group.waitedNs = 0;
    group.throttledNs = 0;
    group.rounds = 0;
    group.waits.fill(0);
  }
}

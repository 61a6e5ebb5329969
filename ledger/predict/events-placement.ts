/** Where a waking thread goes (select_task_rq_fair) and what an idle or a less loaded CPU pulls (load_balance). */
import { rootLoadOf, updateQueueLoad, updateThreadLoad } from './events-load.ts';
import { migrate, updateCurrent } from './events-queueing.ts';
import { pickEntity } from './events-fairness.ts';
import { mustPick, type Cpu, type Entity, type Queue, type Thread, type World } from './events-world.ts';

/** imbalance_pct of a domain that shares a cache, and of one that does not. */
const nearImbalance = 1.17;
const farImbalance = 1.25;
/** A busy CPU balances 16 times more rarely than an idle one, and each domain once per CPU and millisecond. */
const busyFactor = 16;
const domainNsPerCpu = 1_000_000;
/** Failures after which a thread is moved though its cache is warm. */
const triesForCache = 1;

/** A CPU with nothing but idle-class threads counts as idle. */
const isIdle = ({ root }: Cpu): boolean => root.runnable === root.idleRunnable;

/** `waker` is the CPU on which the wake-up happens. */
export function chooseCpu(world: World, thread: Thread, waker: Cpu): Cpu {
  const { cpu: previous } = thread;
  if (thread.allowed.length === 1) return previous;
  let target = previous;
  const isAffine =
    waker !== previous && thread.isAllowed[waker.index] === 1 && waker.domain === previous.domain;
  if (isAffine && !isIdle(previous) && isLighter(world, thread, waker, previous)) target = waker;
  if (isIdle(target)) return target;
  if (isIdle(previous)) return previous;
  const { domain } = target;
  const start = domain.indexOf(target) + 1;
  for (let i = 0; i < domain.length; i++) {
    const other = domain[(start + i) % domain.length];
    if (other && thread.isAllowed[other.index] === 1 && isIdle(other)) return other;
  }
  return target;
}

/** wake_affine_weight: whether it would weigh less on the waker's CPU than where it was. */
function isLighter(world: World, thread: Thread, waker: Cpu, previous: Cpu): boolean {
  updateQueueLoad(world, waker.root);
  updateQueueLoad(world, previous.root);
  updateThreadLoad(world, thread);
  const load = rootLoadOf(thread);
  const there = waker.root.load + load;
  const here = Math.max(0, previous.root.load - load) * (1 + (nearImbalance - 1) / 2);
  return there < here;
}

/** Whether the one that woke goes before the one that runs (check_preempt_wakeup_fair). */
export function preemptFor(world: World, thread: Thread): void {
  const { cpu } = thread;
  if (!cpu.current) {
    mustPick(world, cpu);
    return;
  }
  let running: Entity | undefined = cpu.current.entity;
  let woken: Entity | undefined = thread.entity;
  while (running && woken && running.queue !== woken.queue) {
    const [a, b] = [depthOf(running), depthOf(woken)];
    if (a >= b) running = running.queue.entity;
    if (b >= a) woken = woken.queue.entity;
  }
  if (!running || !woken || running === woken || !woken.onQueue) return;
  if (running.idle !== woken.idle) {
    if (running.idle) mustPick(world, cpu);
    return;
  }
  if (pickEntity(woken.queue) === woken) mustPick(world, cpu);
}

function depthOf(entity: Entity): number {
  let depth = 0;
  for (let above = entity.queue.entity; above; above = above.queue.entity) depth += 1;
  return depth;
}

/** A CPU that has nothing to do pulls one thread, from near if there is one. True when it did. */
export function pullForIdle(world: World, cpu: Cpu): boolean {
  if (pullOne(world, cpu, cpu.domain)) return true;
  return world.hasManyDomains && pullOne(world, cpu, world.cpus);
}

function pullOne(world: World, cpu: Cpu, donors: readonly Cpu[]): boolean {
  let busiest: Cpu | undefined;
  for (const donor of donors) {
    if (donor === cpu || donor.root.runnable < 2) continue;
    if (!busiest || donor.root.runnable > busiest.root.runnable) busiest = donor;
  }
  return busiest !== undefined && pullFrom(world, cpu, busiest);
}

function pullFrom(world: World, cpu: Cpu, donor: Cpu): boolean {
  const thread = leastRecent(world, donor, cpu, Infinity, world.settings.hotNs);
  if (!thread) return false;
  migrate(world, thread, cpu);
  return true;
}

/** At the tick: pulls load from busier CPUs when it is time to, and lets idle ones pull. */
export function balanceAtTick(world: World, cpu: Cpu): void {
  if (world.idleCpus > 0 && cpu.root.runnable >= 2) kickIdle(world, cpu);
  if (world.nowNs >= cpu.nextBalanceNs) {
    const moved = pullLoad(world, cpu, cpu.domain, nearImbalance);
    cpu.nextBalanceNs = world.nowNs + intervalOf(world, cpu.domain.length, moved);
  }
  if (world.hasManyDomains && world.nowNs >= cpu.nextWideBalanceNs) {
    const moved = pullLoad(world, cpu, world.cpus, farImbalance);
    cpu.nextWideBalanceNs = world.nowNs + intervalOf(world, world.cpus.length, moved);
  }
}

/** Twice as long where there was nothing to do; spread a little, as the ticks that it waits for are. */
const intervalOf = (world: World, cpuCount: number, moved: boolean): number =>
  domainNsPerCpu * cpuCount * busyFactor * (moved ? 1 : 2) * (0.75 + 0.5 * world.random());

function kickIdle(world: World, busy: Cpu): void {
  for (const cpu of world.cpus) {
    if (cpu.current || cpu.root.runnable > 0) continue;
    if (pullFrom(world, cpu, busy)) {
      mustPick(world, cpu);
      return;
    }
  }
}

function pullLoad(world: World, cpu: Cpu, domain: readonly Cpu[], imbalance: number): boolean {
  let sum = 0;
  let busiest: Cpu | undefined;
  for (const other of domain) {
    updateQueueLoad(world, other.root);
    sum += other.root.load;
    if (other === cpu || other.root.runnable < 2) continue;
    if (!busiest || other.root.load > busiest.root.load) busiest = other;
  }
  if (!busiest) return false;
  const [here, there, mean] = [cpu.root.load, busiest.root.load, sum / domain.length];
  const isOverloaded = cpu.root.runnable > 1;
  if (isOverloaded && there <= imbalance * here) return false;
  let wanted = Math.min(there - mean, mean - here);
  if (wanted <= 0) return false;
  let moved = 0;
  while (wanted > 0) {
    const hotNs = cpu.failedBalances > triesForCache ? 0 : world.settings.hotNs;
    const thread = leastRecent(world, busiest, cpu, wanted * 2 ** cpu.failedBalances, hotNs);
    if (!thread || busiest.root.runnable < 2) break;
    wanted -= Math.max(1, rootLoadOf(thread));
    migrate(world, thread, cpu);
    preemptFor(world, thread);
    moved += 1;
  }
  cpu.failedBalances = moved > 0 ? 0 : Math.min(30, cpu.failedBalances + 1);
  return moved > 0;
}

/** The thread that waits on `from`, may run on `to`, weighs at most `mostLoad`, and ran longest ago. */
function leastRecent(world: World, from: Cpu, to: Cpu, mostLoad: number, hotNs: number): Thread | undefined {
  updateCurrent(world, from);
  return searchQueue(world, from.root, to, mostLoad, world.nowNs - hotNs, undefined);
}

function searchQueue(
  world: World,
  queue: Queue,
  to: Cpu,
  mostLoad: number,
  ranBeforeNs: number,
  best: Thread | undefined,
): Thread | undefined {
  let found = best;
  for (let entity = queue.first; entity; entity = entity.next) {
    if (entity.owned) found = searchQueue(world, entity.owned, to, mostLoad, ranBeforeNs, found);
    const { thread } = entity;
    if (!thread || thread === queue.cpu.current || !thread.runnable) continue;
    if (thread.isAllowed[to.index] !== 1 || thread.lastRanNs > ranBeforeNs) continue;
    if (thread.group.queues[to.index]?.throttled === true) continue;
    if (found && !ranEarlier(thread, found)) continue;
    if (mostLoad < Infinity) {
      updateThreadLoad(world, thread);
      if (rootLoadOf(thread) > mostLoad) continue;
    }
    found = thread;
  }
  return found;
}

const ranEarlier = (a: Thread, b: Thread): boolean =>
  a.lastRanNs < b.lastRanNs || (a.lastRanNs === b.lastRanNs && a.index < b.index);

/**
 * Load averages (PELT) and the weight of a group on each of its CPUs. An average follows the momentary load with a
 * half-life of 32 ms.
 */
import { reweigh } from './events-fairness.ts';
import type { Entity, Queue, Thread, World } from './events-world.ts';

const timeConstantNs = 32_000_000 / Math.LN2;
/** What of a difference is left after a time. */
const remains = (ns: number): number => {
  const x = ns / timeConstantNs;
  return x < 0.05 ? 1 - x + (x * x) / 2 : Math.exp(-x);
};
/** The kernel passes an average on to the group at most once a millisecond, and only when it has moved by 1/64. */
const leastMove = 1 / 64;
/** MIN_SHARES, in units of a 1024th. */
const leastWeight = 2 / 1024;

export function updateQueueLoad(world: World, queue: Queue): void {
  const passedNs = world.nowNs - queue.loadAtNs;
  if (passedNs > 0) {
    queue.load = queue.weight + (queue.load - queue.weight) * remains(passedNs);
    queue.loadAtNs = world.nowNs;
  }
  const moved = queue.load - queue.contribution;
  if (Math.abs(moved) > queue.contribution * leastMove) {
    queue.group.load += moved;
    queue.contribution = queue.load;
  }
}

export function updateThreadLoad(world: World, thread: Thread): void {
  const passedNs = world.nowNs - thread.loadAtNs;
  if (passedNs <= 0) return;
  const wanted = thread.runnable ? 1024 : 0;
  thread.load = wanted + (thread.load - wanted) * remains(passedNs);
  thread.loadAtNs = world.nowNs;
}

/** What a thread adds to the load of its CPU's root queue (task_h_load). */
export function rootLoadOf(thread: Thread): number {
  let load = thread.load;
  for (let group = thread.group; group.parent; group = group.parent) {
    load *= group.shares / Math.max(group.load, 1);
  }
  return load;
}

/** calc_group_shares: weight x load here / load everywhere, where here counts as it is now if that is more. */
export function updateGroupWeight(entity: Entity): void {
  const queue = entity.owned;
  if (!queue) return;
  const { group } = queue;
  const here = Math.max(queue.weight, queue.load);
  const everywhere = group.load - queue.contribution + here;
  const weight = everywhere > 0 ? (group.shares * here) / everywhere : group.shares;
  reweigh(entity, Math.min(group.shares, Math.max(leastWeight, weight)));
}

/** Takes the thread's load from where it was to where it goes, on all levels: it need not be learnt anew. */
export function moveLoad(thread: Thread, from: Queue, to: Queue): void {
  let load = thread.load;
  let [source, target]: readonly [Queue | undefined, Queue | undefined] = [from, to];
  while (source && target) {
    source.load = Math.max(0, source.load - load);
    target.load += load;
    load *= source.group.shares / Math.max(source.group.load, 1);
    [source, target] = [source.entity?.queue, target.entity?.queue];
  }
}

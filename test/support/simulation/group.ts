/**
 * A cgroup of the cpu controller and its queue on each CPU. Within a queue whoever had least weighted time runs next;
 * a group's weight is spread over its queues by where its runnable load is (calc_group_shares).
 */
import { GroupPressure } from './pressure.ts';
import type { QuotaSpec } from './spec.ts';
import type { Thread } from './thread.ts';

const threadWeight = 1024;

export type Entity = Thread | GroupQueue;

export class GroupQueue {
  readonly kind = 'queue';
  /** Absent: the root queue of a CPU. */
  readonly group: Group | undefined;
  readonly cpu: number;
  readonly parent: GroupQueue | undefined;
  readonly entities: Entity[] = [];
  vruntime = 0;
  minVruntime = 0;
  /** Runnable threads of the group and all below, the running and the throttled ones included. */
  queued = 0;
  running = false;
  /** By this group's own quota. */
  throttled = false;

  constructor(cpu: number, group?: Group, parent?: GroupQueue) {
    this.cpu = cpu;
    this.group = group;
    this.parent = parent;
  }

  get throttledHere(): boolean {
    return this.throttled || (this.parent?.throttledHere ?? false);
  }
}

export const loadOf = (queue: GroupQueue): number => {
  let load = 0;
  for (const entity of queue.entities) load += weightOf(entity);
  return load;
};

export const weightOf = (entity: Entity): number => {
  if (entity.kind === 'thread' || entity.group === undefined) return threadWeight;
  let total = 0;
  for (const queue of entity.group.queues) total += loadOf(queue);
  return total === 0 ? 2 : Math.max(2, (entity.group.weight * loadOf(entity)) / total);
};

const leastVruntime = (entities: readonly Entity[]): Entity | undefined => {
  let least = entities[0];
  for (const entity of entities) if (entity.vruntime < least!.vruntime) least = entity;
  return least;
};

export const pickThread = (root: GroupQueue): Thread | undefined => {
  let entity: Entity | undefined = root;
  while (entity?.kind === 'queue') entity = leastVruntime(entity.entities);
  return entity;
};

/** A sleeper comes back at most `creditNs` ahead of the others, and never ahead of where it was. */
const place = (queue: GroupQueue, entity: Entity, creditNs: number): void => {
  entity.vruntime = Math.max(entity.vruntime, queue.minVruntime - creditNs);
  queue.entities.push(entity);
};

/** Puts `entity` on `queue`, and the queue on its parents, up to where somebody is throttled. */
export const attach = (queue: GroupQueue, entity: Entity, creditNs: number): void => {
  const wasEmpty = queue.entities.length === 0;
  place(queue, entity, creditNs);
  if (wasEmpty && !queue.throttled && queue.parent !== undefined) attach(queue.parent, queue, creditNs);
};

export const detach = (queue: GroupQueue, entity: Entity): void => {
  const index = queue.entities.indexOf(entity);
  if (index < 0) return;
  queue.entities.splice(index, 1);
  if (queue.entities.length === 0 && !queue.throttled && queue.parent !== undefined) {
    detach(queue.parent, queue);
  }
};

export const throttle = (queue: GroupQueue): void => {
  if (queue.throttled) return;
  if (queue.parent !== undefined && queue.entities.length > 0) detach(queue.parent, queue);
  queue.throttled = true;
};

export const unthrottle = (queue: GroupQueue): void => {
  if (!queue.throttled) return;
  queue.throttled = false;
  if (queue.parent !== undefined && queue.entities.length > 0) attach(queue.parent, queue, 0);
};

export const raiseMinVruntime = (queue: GroupQueue): void => {
  const least = leastVruntime(queue.entities);
  if (least !== undefined) queue.minVruntime = Math.max(queue.minVruntime, least.vruntime);
};

/** Whether `woken` is more than `byNs` of weighted time behind `current`, where their chains of queues part. */
export const isBehind = (woken: readonly Entity[], current: readonly Entity[], byNs: number): boolean => {
  const level = woken.findIndex((entity, i) => entity !== current[i]);
  const [mine, theirs] = [woken[level], current[level]];
  if (mine === undefined || theirs === undefined) return false;
  return theirs.vruntime - mine.vruntime > (byNs * threadWeight) / weightOf(mine);
};

export interface GroupSettings {
  readonly path: string;
  readonly weight: number;
  readonly quota: QuotaSpec | undefined;
  readonly cpus: readonly number[];
}

export class Group {
  readonly path: string;
  readonly weight: number;
  readonly cpus: readonly number[];
  readonly parent: Group | undefined;
  readonly queues: readonly GroupQueue[];
  readonly pressure: GroupPressure;
  readonly threads = new Set<Thread>();
  readonly quotaNs: number;
  readonly periodNs: number;
  runtimeLeftNs: number;
  usageNs = 0;
  periods = 0;
  throttledPeriods = 0;
  /** Summed over CPUs' queues. */
  throttledNs = 0;
  throttledSelfNs = 0;
  usageAtPeriodStartNs = 0;

  constructor(
    settings: GroupSettings,
    roots: readonly GroupQueue[],
    parent: Group | undefined,
    jiffyNs: number,
  ) {
    this.path = settings.path;
    this.weight = settings.weight;
    this.cpus = settings.cpus;
    this.parent = parent;
    this.queues = roots.map((root, cpu) => new GroupQueue(cpu, this, parent?.queues[cpu] ?? root));
    this.pressure = new GroupPressure(roots.length, jiffyNs);
    this.quotaNs = settings.quota?.quotaNs ?? Infinity;
    this.periodNs = settings.quota?.periodNs ?? 100_000_000;
    this.runtimeLeftNs = this.quotaNs;
  }

  get exhausted(): boolean {
    return this.runtimeLeftNs <= 0;
  }

  /** Accounts `ns` of the group's time in which its counters of quota and pressure may move. */
  advanceWaiting(ns: number): void {
    for (const queue of this.queues) {
      this.pressure.advance(queue.cpu, queue.queued, queue.running, ns);
      if (queue.throttled) this.throttledNs += ns;
      if (queue.queued > 0 && queue.throttledHere) this.throttledSelfNs += ns;
    }
  }

  /** End of a bandwidth period: counts it and refills. */
  refill(): void {
    const throttled = this.queues.some((queue) => queue.throttled);
    if (throttled || this.usageNs > this.usageAtPeriodStartNs) this.periods += 1;
    if (throttled) this.throttledPeriods += 1;
    this.usageAtPeriodStartNs = this.usageNs;
    this.runtimeLeftNs = Math.min(this.quotaNs, this.runtimeLeftNs + this.quotaNs);
    for (const queue of this.queues) unthrottle(queue);
  }
}

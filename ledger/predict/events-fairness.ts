/**
 * EEVDF on one queue, as Linux 6.18 has it: virtual time, lag, who is eligible, whose deadline is first, and sleepers
 * that stay until they have paid. Virtual time runs by 1024 / weight.
 */
import type { Entity, Queue, SchedulerSettings } from './events-world.ts';

const nice0Weight = 1024;

export const virtualOf = (ns: number, { weight }: Entity): number => (ns * nice0Weight) / weight;

/** The weighted mean of the virtual times on the queue: whoever is not ahead of it is eligible. */
export function meanVruntime(queue: Queue): number {
  if (queue.count === 0) return queue.zero;
  const { zero } = queue;
  let sum = 0;
  let weight = 0;
  for (let entity = queue.first; entity; entity = entity.next) {
    sum += entity.weight * (entity.vruntime - zero);
    weight += entity.weight;
  }
  queue.zero = zero + sum / weight;
  return queue.zero;
}

/** Rounding of 2^-52 of virtual times: a lone entity is its own mean and must be eligible. */
const isWithin = (entity: Entity, mean: number): boolean =>
  entity.vruntime <= mean + 1e-6 * (1 + Math.abs(mean) * 1e-6);

export const isEligible = (entity: Entity): boolean => isWithin(entity, meanVruntime(entity.queue));

/** Who runs next; the running one goes on while it is eligible and its slice lasts (RUN_TO_PARITY). */
export function pickEntity(queue: Queue): Entity | undefined {
  if (queue.count <= 1) return queue.first;
  const mean = meanVruntime(queue);
  const { current } = queue;
  if (
    current?.onQueue === true &&
    !current.delayed &&
    isWithin(current, mean) &&
    current.vruntime < current.deadline
  )
    return current;
  let best: Entity | undefined;
  for (let entity = queue.first; entity; entity = entity.next) {
    if (isWithin(entity, mean) && (!best || entity.deadline < best.deadline)) best = entity;
  }
  return best ?? queue.first;
}

/** Puts an entity on its queue where its lag says (place_entity). */
export function placeEntity(entity: Entity, settings: SchedulerSettings, isNew: boolean): void {
  const { queue } = entity;
  const mean = meanVruntime(queue);
  const lag = queue.count > 0 ? (entity.lag * (queue.weight + entity.weight)) / queue.weight : 0;
  entity.vruntime = mean - lag;
  const slice = virtualOf(settings.sliceNs, entity);
  entity.deadline =
    entity.vruntime + (entity.relativeDeadline >= 0 ? entity.relativeDeadline : isNew ? slice / 2 : slice);
  entity.relativeDeadline = -1;
  link(entity);
}

/** Remembers what it is owed, within two slices or a tick, and takes it off. */
export function removeEntity(entity: Entity, settings: SchedulerSettings): void {
  const mean = meanVruntime(entity.queue);
  const limit = virtualOf(Math.max(2 * settings.sliceNs, settings.tickNs), entity);
  entity.lag = Math.min(limit, Math.max(-limit, mean - entity.vruntime));
  unlink(entity);
}

/** Keeps an entity's lag in proportion when its weight changes (reweight_entity). */
export function reweigh(entity: Entity, weight: number): void {
  const ratio = entity.weight / weight;
  if (Math.abs(ratio - 1) < 1e-3) return;
  if (!entity.onQueue) {
    entity.lag *= ratio;
    entity.weight = weight;
    return;
  }
  const mean = meanVruntime(entity.queue);
  entity.queue.weight += weight - entity.weight;
  entity.deadline = mean + (entity.vruntime - mean) * ratio + (entity.deadline - entity.vruntime) * ratio;
  entity.vruntime = mean + (entity.vruntime - mean) * ratio;
  entity.weight = weight;
}

function link(entity: Entity): void {
  const { queue } = entity;
  entity.onQueue = true;
  entity.previous = undefined;
  entity.next = queue.first;
  if (queue.first) queue.first.previous = entity;
  queue.first = entity;
  queue.count += 1;
  queue.weight += entity.weight;
}

function unlink(entity: Entity): void {
  const { queue, next, previous } = entity;
  if (next) next.previous = previous;
  if (previous) previous.next = next;
  else queue.first = next;
  entity.onQueue = false;
  entity.next = undefined;
  entity.previous = undefined;
  queue.count -= 1;
  queue.weight = queue.count === 0 ? 0 : queue.weight - entity.weight;
  if (queue.current === entity) queue.current = undefined;
}

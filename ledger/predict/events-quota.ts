/**
 * Bandwidth control, the accounts: a pool per group and period, from which each CPU takes slices as it runs, and to which
 * it gives back what it does not need.
 */
import { mustPick, slackSlot, type Queue, type World } from './events-world.ts';

/** What a CPU keeps of its slice when nothing is left to run (min_cfs_rq_runtime). */
const keptNs = 1_000_000;
/** How long runtime that was given back lies before it is handed out (cfs_bandwidth_slack_period). */
const slackNs = 5_000_000;

export function chargeQuota(world: World, queue: Queue, ns: number): void {
  queue.runtimeNs -= ns;
  if (!hasRuntime(world, queue)) mustPick(world, queue.cpu);
}

/** Takes a slice from the pool where nothing is left; false: there is none. */
export function hasRuntime(world: World, queue: Queue): boolean {
  const { group } = queue;
  if (group.quotaNs === Infinity || queue.runtimeNs > 0) return true;
  const taken = Math.min(group.poolNs, world.settings.bandwidthSliceNs - queue.runtimeNs);
  group.poolNs -= taken;
  queue.runtimeNs += taken;
  return queue.runtimeNs > 0;
}

/** A queue with nothing to run gives back what it has; those who wait for it get it a little later. */
export function giveBackRuntime(world: World, queue: Queue): void {
  const spareNs = queue.runtimeNs - keptNs;
  if (spareNs <= 0) return;
  queue.runtimeNs -= spareNs;
  const { group } = queue;
  group.poolNs += spareNs;
  if (group.queues.some(({ throttled }) => throttled)) {
    world.heap.set(slackSlot(world, group), world.nowNs + slackNs);
  }
}

/**
 * Bandwidth control of a container: its own quota and those of its ancestors (pod, QoS class), and whether it did harm.
 * Throttling at the limit is policy; it is harm when the container was below its reservation meanwhile, or when
 * its usage stayed well below the quota and its threads were still held up for long (bursts against a 100 ms period).
 */
import { quotaCores } from '../kernel/cpu-max.ts';
import type { CgroupSample } from '../kernel/sample.ts';
import type { Throttling } from './ledger.ts';
import type { CgroupWindow } from './window.ts';

/** A throttled period that stops the threads for a quarter of it is a long wait for an interactive container. */
const longStopSeconds = 0.025;
/** Usage below this part of the quota is not "at the limit". */
const atLimitShare = 0.8;

export interface ThrottlingFacts extends Omit<Throttling, 'harmful'> {
  /** Mean wall time that the container's queues stood still per throttled period, seconds. */
  readonly stopPerPeriodSeconds: number;
  readonly quotaCores?: number;
}

/** The tightest quota of a cgroup and its ancestors, in CPUs; undefined when there is none. */
export function tightestQuotaCores(
  own: CgroupSample,
  ancestors: readonly CgroupWindow[],
): number | undefined {
  let tightest = ownQuotaCores(own);
  for (const { end } of ancestors) {
    const cores = ownQuotaCores(end);
    if (cores !== undefined && cores < (tightest ?? Infinity)) tightest = cores;
  }
  return tightest;
}

const ownQuotaCores = ({ quota }: CgroupSample): number | undefined => quota && quotaCores(quota);

/**
 * @param own the container's window
 * @param ancestors the windows of its ancestors, nearest first
 * @param queueCount CPUs on which it can have queues
 */
export function deriveThrottling(
  own: CgroupWindow,
  ancestors: readonly CgroupWindow[],
  queueCount: number,
): ThrottlingFacts | undefined {
  const biting = longestThrottled(own, ancestors);
  const most = Math.min(biting?.bandwidth?.throttled ?? 0, queueCount * own.seconds);
  // cpu.stat.local counts this cgroup's own queues, whoever throttled them; an ancestor's counter counts the ancestor's.
  const throttledSeconds = own.throttledSelf ?? most;
  const source = biting?.bandwidth ?? own.bandwidth ?? ancestors.find((level) => level.bandwidth)?.bandwidth;
  if (!source) return undefined;
  const quota = tightestQuotaCores(own.end, ancestors);
  const facts: { -readonly [K in keyof ThrottlingFacts]: ThrottlingFacts[K] } = {
    periods: source.periods,
    throttledPeriods: biting ? source.throttledPeriods : 0,
    throttledSeconds,
    stopPerPeriodSeconds: source.throttledPeriods > 0 ? most / queueCount / source.throttledPeriods : 0,
  };
  if (own.bandwidth?.burst !== undefined) facts.burstSeconds = own.bandwidth.burst;
  if (biting && throttledSeconds > 0) facts.byPath = biting.path;
  if (quota !== undefined) facts.quotaCores = quota;
  return facts;
}

/** The level whose quota stopped its queues longest, the nearest among equals; undefined when none did. */
function longestThrottled(own: CgroupWindow, ancestors: readonly CgroupWindow[]): CgroupWindow | undefined {
  let longest = own.bandwidth?.throttled ?? 0;
  let biting = longest > 0 ? own : undefined;
  for (const level of ancestors) {
    const throttled = level.bandwidth?.throttled ?? 0;
    if (throttled <= longest) continue;
    biting = level;
    longest = throttled;
  }
  return biting;
}

/** @param gapByThrottling CPU-seconds of the gap that waiting in throttling explains */
export function judgeThrottling(
  facts: ThrottlingFacts,
  own: CgroupWindow,
  gapByThrottling: number,
): Throttling {
  const { stopPerPeriodSeconds, quotaCores: quota, ...throttling } = facts;
  const belowReservation = gapByThrottling > 0.01 * own.seconds;
  const farBelowQuota = quota !== undefined && (own.received ?? 0) < atLimitShare * quota * own.seconds;
  const stoppedLong = stopPerPeriodSeconds >= longStopSeconds;
  return {
    ...throttling,
    harmful: facts.throttledSeconds > 0 && (belowReservation || (farBelowQuota && stoppedLong)),
  };
}

/**
 * The ledger from counters of the kernel's own programs: the concurrency histogram T[k] says what was wanted, the
 * classes of waiting say why it was not had. Exact but for R beyond the histogram's last entry, where E0 has bounds.
 */
import type { ExactCounters, ExactHostSample } from '../kernel/sample.ts';
import { bounded } from './activity.ts';
import { differenceBetween, halvesOf } from '../kernel/counter-column.ts';
import { deriveLatency, type WaitLatency } from './latency.ts';
import type { Bounded, Offender, Waiting } from './ledger.ts';

/** The difference of two readings, in seconds. */
export interface ExactWindow {
  readonly seconds: number;
  readonly run: number;
  readonly exec: number;
  /** Seconds with exactly k runnable threads; the last entry holds every larger k. */
  readonly concurrency: readonly number[];
  readonly concurrencyTail: number;
  readonly waitIdle: number;
  readonly waitSelf: number;
  readonly waitSystem: number;
  readonly waitOthers: number;
  readonly waitThrottled: number;
  readonly waitUnknown: number;
  readonly waitBesideIdle: number;
  readonly induced: number;
  readonly wakeupWaits: readonly number[];
}

/**
 * A counter may step back by the microsecond that the clocks of two CPUs differ; that is nothing, not another life of
 * the counter: `createdNs` tells those.
 */
const risen = (a: bigint, b: bigint): number => (b > a ? Number(b - a) : 0);

function columnDifference(a: BigUint64Array, b: BigUint64Array): readonly number[] {
  const [before, after] = [halvesOf(a), halvesOf(b)];
  return Array.from({ length: b.length }, (_, i) => Math.max(0, differenceBetween(before, i, after, i)));
}

/** Undefined where the two are not readings of one row, the earlier one first. */
export function deriveExactWindow(previous: ExactCounters, next: ExactCounters): ExactWindow | undefined {
  if (previous.createdNs !== next.createdNs || next.monotonicNs <= previous.monotonicNs) return undefined;
  const seconds = (
    key: keyof { [K in keyof ExactCounters as ExactCounters[K] extends bigint ? K : never]: 0 },
  ): number => risen(previous[key], next[key]) / 1e9;
  return {
    seconds: seconds('monotonicNs'),
    run: seconds('runNs'),
    exec: seconds('execNs'),
    concurrency: columnDifference(previous.concurrencyNs, next.concurrencyNs).map((ns) => ns / 1e9),
    concurrencyTail: seconds('concurrencyTailNs'),
    waitIdle: seconds('waitIdleNs'),
    waitSelf: seconds('waitSelfNs'),
    waitSystem: seconds('waitSystemNs'),
    waitOthers: seconds('waitOthersNs'),
    waitThrottled: seconds('waitThrottledNs'),
    waitUnknown: seconds('waitUnknownNs'),
    waitBesideIdle: seconds('waitBesideIdleNs'),
    induced: seconds('inducedNs') + seconds('inducedThrottledNs'),
    wakeupWaits: columnDifference(previous.wakeupWaits, next.wakeupWaits),
  };
}

export interface ExactEntitlement {
  readonly entitled: Bounded;
  readonly gap: Bounded;
  /** The part of the gap that rests on induced demand. */
  readonly gapInduced: number;
}

/**
 * E = min(E0 + J, min(R, k*) A), with E0 = sum of min(R, k) T[k].
 * @param reservedCores R
 */
export function deriveExactEntitlement(window: ExactWindow, reservedCores: number): ExactEntitlement {
  const R = reservedCores;
  const last = window.concurrency.length - 1;
  const tail = window.concurrency[last] ?? 0;
  const sum = (term: (k: number, seconds: number) => number): number =>
    window.concurrency.reduce((total, seconds, k) => (k === last ? total : total + term(k, seconds)), 0);
  const below = sum((k, seconds) => Math.min(R, k) * seconds);
  const active = sum((k, seconds) => (k > 0 ? seconds : 0)) + tail;
  const mostBelow = window.concurrency.findLastIndex((seconds, k) => k < last && seconds > 0);
  const most = tail > 0 ? Math.max(last, R) : Math.max(0, mostBelow);
  const cap = Math.min(R, most) * active;
  const direct = {
    low: Math.min(below + Math.min(R, last) * tail, cap),
    high: Math.min(below + Math.min(R * tail, window.concurrencyTail), cap),
  };
  const low = Math.min(direct.low + window.induced, cap);
  const high = Math.min(Math.max(direct.low, direct.high) + window.induced, cap);
  const gapOf = (entitled: number): number => Math.max(0, entitled - window.exec);
  return {
    entitled: bounded(low, high, high),
    gap: bounded(gapOf(low), gapOf(high), gapOf(high)),
    gapInduced: gapOf(high) - gapOf(Math.max(direct.low, direct.high)),
  };
}

/** Thread-seconds that one victim waited behind each other cgroup between two readings, most first. */
export function deriveOffenders(
  previous: ExactHostSample,
  next: ExactHostSample,
): ReadonlyMap<bigint, readonly Offender[]> {
  const before = new Map<bigint, Map<bigint, bigint>>();
  for (const { victimId, offenderId, waitNs } of previous.pairs) {
    const waits = before.get(victimId);
    if (waits) waits.set(offenderId, waitNs);
    else before.set(victimId, new Map([[offenderId, waitNs]]));
  }
  const byVictim = new Map<bigint, Offender[]>();
  for (const { victimId, offenderId, waitNs } of next.pairs) {
    const waitSeconds = risen(before.get(victimId)?.get(offenderId) ?? 0n, waitNs) / 1e9;
    if (waitSeconds === 0) continue;
    const offenders = byVictim.get(victimId);
    if (offenders) offenders.push({ cgroupId: offenderId, waitSeconds });
    else byVictim.set(victimId, [{ cgroupId: offenderId, waitSeconds }]);
  }
  for (const offenders of byVictim.values()) offenders.sort((a, b) => b.waitSeconds - a.waitSeconds);
  return byVictim;
}

export interface ExactWaiting {
  readonly waiting: Waiting;
  /** Part of the waiting whose cause was seen. */
  readonly seenShare: number;
}

/**
 * What threads waited for. A cgroup that is no tenant (the root, a service of the host) counts as the system.
 * @param isTenant whether an offender's cgroup is another container
 */
export function deriveExactWaiting(
  window: ExactWindow,
  offenders: readonly Offender[],
  isTenant: (cgroupId: bigint) => boolean,
): ExactWaiting {
  const sum = (list: readonly Offender[]): number => list.reduce((total, o) => total + o.waitSeconds, 0);
  const named = sum(offenders);
  const tenantShare = named > 0 ? sum(offenders.filter((o) => isTenant(o.cgroupId))) / named : 0;
  const waiting = {
    others: window.waitOthers * tenantShare,
    self: window.waitSelf,
    system: window.waitSystem + window.waitOthers * (1 - tenantShare),
    steal: Math.max(0, window.run - window.exec),
    throttled: window.waitThrottled,
    idle: window.waitIdle,
  };
  const seen = Object.values(waiting).reduce((a, b) => a + b, 0);
  return { waiting, seenShare: seen > 0 ? seen / (seen + window.waitUnknown) : 1 };
}

/** Wait per wake-up in the window; undefined where no thread woke. */
export const deriveWakeupLatency = (window: ExactWindow): WaitLatency | undefined =>
  deriveLatency(window.wakeupWaits);

/** The exact ledger terms of one container, integrated while the simulation runs. Thread-seconds and CPU-seconds in ns. */
import type { Interval } from './thread.ts';

export const waitClasses = ['self', 'others', 'system', 'steal', 'throttled', 'idle'] as const;
/** What stood before a waiting thread; `idle`: nothing did (it is about to be picked; always 0 by construction). */
export type WaitClass = (typeof waitClasses)[number];

export type Waits = Record<WaitClass, number>;

/** Waits under way at one moment that no thread's run_delay shows yet. */
export interface PendingWaits {
  /** Thread-seconds. */
  readonly sum: number;
  readonly longest: number;
}

export interface TruthMark {
  readonly atNs: number;
  readonly pending: PendingWaits;
  readonly receivedNs: number;
  readonly concurrencyNs: readonly number[];
  readonly waits: Readonly<Waits>;
  readonly waitingMomentsNs: number;
  readonly stolenNs: number;
  readonly concurrentIdleNs: number;
  readonly idleNs: number;
}

/** All times in seconds. */
export interface WindowTruth {
  readonly windowSeconds: number;
  /** U */
  readonly received: number;
  /** N: the integral of n(t). */
  readonly wanted: number;
  /** T[k] */
  readonly concurrency: readonly number[];
  /** k* */
  readonly mostRunnable: number;
  /** A */
  readonly active: number;
  /** E0 */
  readonly entitledDirectly: number;
  /** J of the overlaps that lie in this window. */
  readonly induced: number;
  /** J of the wakeups that lie in this window, as a tracer would count it. */
  readonly inducedAtWakeup: number;
  /** E */
  readonly entitled: number;
  /** G */
  readonly gap: number;
  readonly waits: Readonly<Waits>;
  /** Time with at least one thread waiting or throttled. */
  readonly waitingMoments: number;
  /** Waits under way at the window's edges that no run_delay showed then. */
  readonly pendingAtStart: PendingWaits;
  readonly pendingAtEnd: PendingWaits;
  /** Time its threads held a CPU that the hypervisor had taken. */
  readonly stolen: number;
  /** Idle time of the CPUs it may use, summed. */
  readonly idle: number;
  /** Part of `idle` for which a thread of it waited, not throttled, at the same moment. */
  readonly concurrentIdle: number;
}

const seconds = (ns: number): number => ns / 1e9;

const noWaits = (): Waits => ({ self: 0, others: 0, system: 0, steal: 0, throttled: 0, idle: 0 });

export class ContainerTruth {
  private readonly concurrencyNs: number[] = [];
  private readonly waits = noWaits();
  private waitingMomentsNs = 0;
  private stolenNs = 0;
  private concurrentIdleNs = 0;
  private readonly overlaps: Interval[] = [];

  wait(behind: WaitClass, threadNs: number): void {
    this.waits[behind] += threadNs;
  }

  steal(ns: number): void {
    this.stolenNs += ns;
  }

  /** `runnable` threads for `ns`, `waiting` of them not running, `startable` of those not throttled. */
  advance(ns: number, runnable: number, waiting: number, startable: number, idleCpus: number): void {
    this.concurrencyNs[runnable] = (this.concurrencyNs[runnable] ?? 0) + ns;
    if (waiting > 0) this.waitingMomentsNs += ns;
    this.concurrentIdleNs += ns * Math.min(startable, idleCpus);
  }

  induce(overlap: Interval): void {
    this.overlaps.push(overlap);
  }

  mark(atNs: number, receivedNs: number, idleNs: number, pending: PendingWaits): TruthMark {
    return {
      atNs,
      pending,
      receivedNs,
      concurrencyNs: Array.from(this.concurrencyNs, (ns: number | undefined) => ns ?? 0),
      waits: { ...this.waits },
      waitingMomentsNs: this.waitingMomentsNs,
      stolenNs: this.stolenNs,
      concurrentIdleNs: this.concurrentIdleNs,
      idleNs,
    };
  }

  /**
   * Terms of the window between two marks for `reservedCores`. The simulation should have run on for a while after the
   * second mark: what a wait suppressed shows only when the sleeper wakes.
   */
  between(from: TruthMark, to: TruthMark, reservedCores: number): WindowTruth {
    const concurrency = to.concurrencyNs.map((ns, k) => seconds(ns - (from.concurrencyNs[k] ?? 0)));
    const sum = (worth: (k: number) => number): number =>
      concurrency.reduce((total, t, k) => total + worth(k) * t, 0);
    const mostRunnable = concurrency.findLastIndex((time) => time > 0);
    const active = sum((k) => (k > 0 ? 1 : 0));
    const entitledDirectly = sum((k) => Math.min(reservedCores, k));
    const induced = seconds(this.inducedWithin(from.atNs, to.atNs));
    const entitled = Math.min(entitledDirectly + induced, Math.min(reservedCores, mostRunnable) * active);
    const received = seconds(to.receivedNs - from.receivedNs);
    const waits = noWaits();
    for (const name of waitClasses) waits[name] = seconds(to.waits[name] - from.waits[name]);
    return {
      windowSeconds: seconds(to.atNs - from.atNs),
      received,
      wanted: sum((k) => k),
      concurrency,
      mostRunnable,
      active,
      entitledDirectly,
      induced,
      inducedAtWakeup: seconds(this.inducedAtWakeups(from.atNs, to.atNs)),
      entitled,
      gap: Math.max(0, entitled - received),
      waits,
      waitingMoments: seconds(to.waitingMomentsNs - from.waitingMomentsNs),
      pendingAtStart: from.pending,
      pendingAtEnd: to.pending,
      stolen: seconds(to.stolenNs - from.stolenNs),
      idle: seconds(to.idleNs - from.idleNs),
      concurrentIdle: seconds(to.concurrentIdleNs - from.concurrentIdleNs),
    };
  }

  private inducedWithin(fromNs: number, toNs: number): number {
    let total = 0;
    for (const { from, to } of this.overlaps)
      total += Math.max(0, Math.min(to, toNs) - Math.max(from, fromNs));
    return total;
  }

  private inducedAtWakeups(fromNs: number, toNs: number): number {
    let total = 0;
    for (const { from, to } of this.overlaps) if (to > fromNs && to <= toNs) total += to - from;
    return total;
  }
}

/**
 * What one window adds to a container's cumulative counters. Seconds, unless the name says otherwise; `undefined` is
 * "nobody knows", and stays that until a window knows. What rests on a source is counted apart by source: an estimate and
 * a count never make one number.
 */
import type { ContainerLedger } from '../../ledger/ledger.ts';
import { addWaits, type WaitHistogram } from './wait-histogram.ts';

/** Read from the kernel as they are, whatever the source of the ledger. */
export const plainCounterNames = [
  'usage',
  'throttled',
  'throttledPeriodCount',
  'periodCount',
  'burst',
  'pressureWaiting',
  'pressureStalled',
] as const;

/** Derived by one source or the other. */
export const sourcedCounterNames = [
  'entitled',
  'gapThrottled',
  'gapRunqueueSharing',
  'gapSelf',
  'gapSystem',
  'gapSteal',
  'gapUnexplained',
  'gapLow',
  'gapHigh',
  'gapInduced',
  'phantomConcurrent',
  'phantomDeferred',
  'phantomUnsplit',
  'borrowed',
  'unclaimed',
  'waitOthers',
  'waitSelf',
  'waitSystem',
  'waitSteal',
] as const;

export const ledgerSources = ['portable', 'exact'] as const satisfies readonly ContainerLedger['source'][];
export type LedgerSource = (typeof ledgerSources)[number];
export type PlainCounterName = (typeof plainCounterNames)[number];
export type SourcedCounterName = (typeof sourcedCounterNames)[number];
export type PlainCounters = Readonly<Record<PlainCounterName, number | undefined>>;
export type SourcedCounters = Readonly<Record<SourcedCounterName, number | undefined>>;

export interface Counters extends PlainCounters {
  /** Absent before the first window of that source. */
  readonly bySource: Readonly<Partial<Record<LedgerSource, SourcedCounters>>>;
  /** Waits per wake-up by length; absent where no window could tell. */
  readonly wakeupWaits?: WaitHistogram;
}

const unknown = <Name extends string>(names: readonly Name[]): Record<Name, undefined> =>
  Object.fromEntries(names.map((name) => [name, undefined])) as Record<Name, undefined>;

/** The counters before the first window: all unknown. */
export const noCounters: Counters = { ...unknown(plainCounterNames), bySource: {} };
const noSourced: SourcedCounters = unknown(sourcedCounterNames);

/** The counters after one more window. Written out field by field, because it runs for every container at every tick. */
export function addWindow(total: Counters, ledger: ContainerLedger): Counters {
  const { throttling, source } = ledger;
  const usage = ledger.quality.includes('no_usage') ? undefined : ledger.received;
  const wakeupWaits = source === 'exact' ? addWaits(total.wakeupWaits, ledger.latency) : total.wakeupWaits;
  return {
    usage: plus(total.usage, usage),
    throttled: plus(total.throttled, throttling?.throttledSeconds),
    throttledPeriodCount: plus(total.throttledPeriodCount, throttling?.throttledPeriods),
    periodCount: plus(total.periodCount, throttling?.periods),
    burst: plus(total.burst, throttling?.burstSeconds),
    pressureWaiting: plus(total.pressureWaiting, ledger.pressureWaiting),
    pressureStalled: plus(total.pressureStalled, ledger.pressureStalled),
    bySource: { ...total.bySource, [source]: addSourced(total.bySource[source] ?? noSourced, ledger) },
    ...(wakeupWaits && { wakeupWaits }),
  };
}

/**
 * Where nothing is reserved, or nobody says what is, gap and entitlement stay as they are, unknown at first and not 0.
 * Throttling is policy and runqueue wait is contention: `waiting.throttled` goes into neither.
 */
function addSourced(total: SourcedCounters, ledger: ContainerLedger): SourcedCounters {
  const known = !ledger.quality.includes('no_usage');
  const reserved = known && ledger.reservation !== undefined ? ledger : undefined;
  const { waiting } = ledger;
  const causes = reserved?.causes;
  const where = ledger.quality.includes('no_cpu_times') ? undefined : reserved?.whereabouts;
  const split = where?.phantomConcurrent !== undefined || where?.phantomDeferred !== undefined;
  return {
    entitled: plus(total.entitled, reserved?.entitled.estimate),
    gapThrottled: plus(total.gapThrottled, causes?.throttled),
    gapRunqueueSharing: plus(total.gapRunqueueSharing, causes?.runqueue_sharing),
    gapSelf: plus(total.gapSelf, causes?.self),
    gapSystem: plus(total.gapSystem, causes?.system),
    gapSteal: plus(total.gapSteal, causes?.steal),
    gapUnexplained: plus(total.gapUnexplained, causes?.unexplained),
    gapLow: plus(total.gapLow, reserved?.gap.low),
    gapHigh: plus(total.gapHigh, reserved?.gap.high),
    gapInduced: plus(total.gapInduced, reserved?.gapInduced),
    phantomConcurrent: plus(total.phantomConcurrent, where?.phantomConcurrent),
    phantomDeferred: plus(total.phantomDeferred, where?.phantomDeferred),
    phantomUnsplit: plus(total.phantomUnsplit, split ? undefined : where?.phantom),
    borrowed: plus(total.borrowed, reserved?.borrowed),
    unclaimed: plus(total.unclaimed, reserved?.unclaimed),
    waitOthers: plus(total.waitOthers, waiting?.others),
    waitSelf: plus(total.waitSelf, waiting?.self),
    waitSystem: plus(total.waitSystem, waiting?.system),
    waitSteal: plus(total.waitSteal, waiting?.steal),
  };
}

/** What is unknown adds nothing; nor does a rounding error below zero, for a counter never falls. */
function plus(total: number | undefined, added: number | undefined): number | undefined {
  if (added === undefined || !Number.isFinite(added)) return total;
  return (total ?? 0) + Math.max(0, added);
}

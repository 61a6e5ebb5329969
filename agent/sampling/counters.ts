/**
 * What one window adds to a container's cumulative counters. Seconds, unless the name says otherwise; `undefined` is
 * "nobody knows", and stays that until a window knows.
 */
import type { ContainerLedger } from '../../ledger/ledger.ts';

export const counterNames = [
  'usage',
  'entitled',
  'gapThrottled',
  'gapRunqueueSharing',
  'gapSelf',
  'gapSystem',
  'gapSteal',
  'gapUnexplained',
  'gapLow',
  'gapHigh',
  'phantomConcurrent',
  'phantomDeferred',
  'phantomUnsplit',
  'borrowed',
  'unclaimed',
  'waitOthers',
  'waitSelf',
  'waitSystem',
  'waitSteal',
  'throttled',
  'throttledPeriodCount',
  'periodCount',
  'burst',
  'pressureWaiting',
  'pressureStalled',
] as const;

export type CounterName = (typeof counterNames)[number];
export type Counters = Readonly<Record<CounterName, number | undefined>>;

/** The counters before the first window: all unknown. */
export const noCounters: Counters = Object.fromEntries(
  counterNames.map((name) => [name, undefined]),
) as Counters;

/**
 * The counters after one more window. Where nothing is reserved, or nobody says what is, gap and entitlement stay as
 * they are, unknown at first and not 0. Throttling is policy and runqueue wait is contention: `waiting.throttled` goes
 * into neither. Written out field by field, because it runs for every container at every tick.
 */
export function addWindow(total: Counters, ledger: ContainerLedger): Counters {
  const known = !ledger.quality.includes('no_usage');
  const reserved = known && ledger.reservation !== undefined ? ledger : undefined;
  const { waiting, throttling } = ledger;
  const causes = reserved?.causes;
  const where = ledger.quality.includes('no_cpu_times') ? undefined : reserved?.whereabouts;
  const split = where?.phantomConcurrent !== undefined || where?.phantomDeferred !== undefined;
  return {
    usage: plus(total.usage, known ? ledger.received : undefined),
    entitled: plus(total.entitled, reserved?.entitled.estimate),
    gapThrottled: plus(total.gapThrottled, causes?.throttled),
    gapRunqueueSharing: plus(total.gapRunqueueSharing, causes?.runqueue_sharing),
    gapSelf: plus(total.gapSelf, causes?.self),
    gapSystem: plus(total.gapSystem, causes?.system),
    gapSteal: plus(total.gapSteal, causes?.steal),
    gapUnexplained: plus(total.gapUnexplained, causes?.unexplained),
    gapLow: plus(total.gapLow, reserved?.gap.low),
    gapHigh: plus(total.gapHigh, reserved?.gap.high),
    phantomConcurrent: plus(total.phantomConcurrent, where?.phantomConcurrent),
    phantomDeferred: plus(total.phantomDeferred, where?.phantomDeferred),
    phantomUnsplit: plus(total.phantomUnsplit, split ? undefined : where?.phantom),
    borrowed: plus(total.borrowed, reserved?.borrowed),
    unclaimed: plus(total.unclaimed, reserved?.unclaimed),
    waitOthers: plus(total.waitOthers, waiting?.others),
    waitSelf: plus(total.waitSelf, waiting?.self),
    waitSystem: plus(total.waitSystem, waiting?.system),
    waitSteal: plus(total.waitSteal, waiting?.steal),
    throttled: plus(total.throttled, throttling?.throttledSeconds),
    throttledPeriodCount: plus(total.throttledPeriodCount, throttling?.throttledPeriods),
    periodCount: plus(total.periodCount, throttling?.periods),
    burst: plus(total.burst, throttling?.burstSeconds),
    pressureWaiting: plus(total.pressureWaiting, ledger.pressureWaiting),
    pressureStalled: plus(total.pressureStalled, ledger.pressureStalled),
  };
}

/** What is unknown adds nothing; nor does a rounding error below zero, for a counter never falls. */
function plus(total: number | undefined, added: number | undefined): number | undefined {
  if (added === undefined || !Number.isFinite(added)) return total;
  return (total ?? 0) + Math.max(0, added);
}

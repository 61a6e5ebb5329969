/** The ledgers of one container over two windows as one. Pure. */
import type {
  Bounded,
  ContainerLedger,
  GapCauses,
  GapWhereabouts,
  Offender,
  QualityFlag,
  Throttling,
  Waiting,
} from '../../ledger/ledger.ts';
import { addLatencies } from '../../ledger/latency.ts';
import { decideVerdict } from '../../ledger/verdict.ts';

/**
 * Sums amounts and lengths. The gap of several windows is the sum of their gaps: what was missed in one is not made
 * good by what is borrowed in another. Settings, identity and reservation are those of the later window.
 */
export function addWindow(sum: ContainerLedger, next: ContainerLedger): ContainerLedger {
  const waiting = addWaiting(sum.waiting, next.waiting);
  const throttling = addThrottling(sum.throttling, next.throttling);
  const pressureWaiting = addKnown(sum.pressureWaiting, next.pressureWaiting);
  const pressureStalled = addKnown(sum.pressureStalled, next.pressureStalled);
  const wait = meanWait(sum, next);
  const latency = addLatencies(sum.latency, next.latency);
  const offenders = addOffenders(sum.offenders, next.offenders);
  const offendersRestSeconds = addKnown(sum.offendersRestSeconds, next.offendersRestSeconds);
  const gapInduced = addKnown(sum.gapInduced, next.gapInduced);
  const ledger = {
    ...next,
    windowSeconds: sum.windowSeconds + next.windowSeconds,
    received: sum.received + next.received,
    entitled: addBounded(sum.entitled, next.entitled),
    gap: addBounded(sum.gap, next.gap),
    unclaimed: sum.unclaimed + next.unclaimed,
    borrowed: sum.borrowed + next.borrowed,
    causes: addCauses(sum.causes, next.causes),
    whereabouts: addWhereabouts(sum.whereabouts, next.whereabouts),
    quality: unionOf(sum.quality, next.quality),
    ...(waiting && { waiting }),
    ...(throttling && { throttling }),
    ...(pressureWaiting !== undefined && { pressureWaiting }),
    ...(pressureStalled !== undefined && { pressureStalled }),
    ...(wait !== undefined && { waitPerTimesliceSeconds: wait }),
    ...(gapInduced !== undefined && { gapInduced }),
    ...(latency && { latency }),
    ...(offenders && { offenders }),
    ...(offendersRestSeconds !== undefined && { offendersRestSeconds }),
  };
  return { ...ledger, verdict: decideVerdict(ledger) };
}

function addBounded(one: Bounded, other: Bounded): Bounded {
  return {
    estimate: one.estimate + other.estimate,
    low: one.low + other.low,
    high: one.high + other.high,
  };
}

function addCauses(one: GapCauses, other: GapCauses): GapCauses {
  return {
    throttled: one.throttled + other.throttled,
    runqueue_sharing: one.runqueue_sharing + other.runqueue_sharing,
    self: one.self + other.self,
    system: one.system + other.system,
    steal: one.steal + other.steal,
    unexplained: one.unexplained + other.unexplained,
  };
}

function addWhereabouts(one: GapWhereabouts, other: GapWhereabouts): GapWhereabouts {
  const concurrent = addKnown(one.phantomConcurrent, other.phantomConcurrent);
  const deferred = addKnown(one.phantomDeferred, other.phantomDeferred);
  return {
    phantom: one.phantom + other.phantom,
    taken: one.taken + other.taken,
    ...(concurrent !== undefined && { phantomConcurrent: concurrent }),
    ...(deferred !== undefined && { phantomDeferred: deferred }),
  };
}

function addWaiting(one: Waiting | undefined, other: Waiting | undefined): Waiting | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const idle = addKnown(one.idle, other.idle);
  return {
    others: one.others + other.others,
    self: one.self + other.self,
    system: one.system + other.system,
    steal: one.steal + other.steal,
    throttled: one.throttled + other.throttled,
    ...(idle !== undefined && { idle }),
  };
}

function addOffenders(
  one: readonly Offender[] | undefined,
  other: readonly Offender[] | undefined,
): readonly Offender[] | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const sums = new Map<bigint, Offender>();
  for (const offender of [...one, ...other]) {
    const before = sums.get(offender.cgroupId)?.waitSeconds ?? 0;
    sums.set(offender.cgroupId, { ...offender, waitSeconds: before + offender.waitSeconds });
  }
  return [...sums.values()].toSorted((a, b) => b.waitSeconds - a.waitSeconds);
}

function addThrottling(one: Throttling | undefined, other: Throttling | undefined): Throttling | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const burstSeconds = addKnown(one.burstSeconds, other.burstSeconds);
  const byPath = other.byPath ?? one.byPath;
  return {
    periods: one.periods + other.periods,
    throttledPeriods: one.throttledPeriods + other.throttledPeriods,
    throttledSeconds: one.throttledSeconds + other.throttledSeconds,
    ...(burstSeconds !== undefined && { burstSeconds }),
    ...(byPath !== undefined && { byPath }),
    harmful: one.harmful || other.harmful,
  };
}

/** Known plus unknown is what is known: the data quality says that something is missing. */
function addKnown(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : one + (other ?? 0);
}

/** Weighted by the length of the windows: how many timeslices each had is not in a ledger. */
function meanWait(one: ContainerLedger, other: ContainerLedger): number | undefined {
  const [a, b] = [one.waitPerTimesliceSeconds, other.waitPerTimesliceSeconds];
  if (a === undefined || b === undefined) return a ?? b;
  return (a * one.windowSeconds + b * other.windowSeconds) / (one.windowSeconds + other.windowSeconds);
}

function unionOf(one: readonly QualityFlag[], other: readonly QualityFlag[]): readonly QualityFlag[] {
  return [...new Set([...one, ...other])];
}

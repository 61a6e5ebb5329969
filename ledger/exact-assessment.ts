/** What the kernel's own programs say of one container, where its threads are all in its own cgroup. */
import type { Assessment, GapPart } from './assessment.ts';
import {
  deriveExactEntitlement,
  deriveExactWaiting,
  deriveExactWindow,
  deriveOffenders,
  deriveWakeupLatency,
  type ExactEntitlement,
  type ExactWindow,
} from './exact.ts';
import { deriveExactPeriods, periodEdgesBetween, type PeriodEdge } from './exact-periods.ts';
import type { CpuSet } from '../kernel/cpu-set.ts';
import type { ExactCounters, ExactHostSample } from '../kernel/sample.ts';
import type { Bounded, Offender } from './ledger.ts';
import type { CgroupWindow } from './window.ts';

/**
 * The counters' and the cgroup's own usage may differ by so much before threads must be elsewhere: the kernel brings the
 * usage up to date at each tick, of 10 ms or later on a virtual machine, on each CPU and at either end of the window.
 */
const usageToleranceShare = 0.05;
const usageToleranceSeconds = 0.05;
/** More usage than this without any row, and its threads are elsewhere. */
const unseenUsageSeconds = 0.02;
const offendersShown = 10;

/** The counters of the host between two Samples, shared by all containers. */
export interface ExactHostWindow {
  readonly offenders: ReadonlyMap<bigint, readonly Offender[]>;
  readonly lost: boolean;
  /** The moments at which the counters were read, both ends of the window included. */
  readonly edges: readonly PeriodEdge[];
}

/** Undefined where either reading lacks the counters or they were made anew in between. */
export function deriveExactHostWindow(
  previous: ExactHostSample | undefined,
  next: ExactHostSample | undefined,
): ExactHostWindow | undefined {
  if (!previous || !next || previous.loadId !== next.loadId) return undefined;
  const before = new Map(previous.losses.map((loss) => [loss.name, loss.count]));
  return {
    offenders: deriveOffenders(previous, next),
    lost: next.losses.some((loss) => loss.count > (before.get(loss.name) ?? 0n)),
    edges: periodEdgesBetween(previous, next),
  };
}

export interface ExactEvidence {
  readonly window: CgroupWindow;
  readonly host: ExactHostWindow;
  readonly previous: ExactCounters | undefined;
  readonly next: ExactCounters | undefined;
  readonly reservedCores: number;
  /** Those that it may run on and that are online. */
  readonly allowedCpus: CpuSet;
  readonly tenantPaths: ReadonlyMap<bigint, { readonly path: string; readonly name: string }>;
}

/** 'nested' where the container's threads run in child cgroups; undefined where there are no counters. */
export function assessExact(evidence: ExactEvidence): Assessment | 'nested' | undefined {
  const { previous, next, host, tenantPaths } = evidence;
  const window = previous && next && deriveExactWindow(previous, next);
  if (!window) return runsElsewhere(evidence) ? 'nested' : undefined;
  if (!agreesWithUsage(window, evidence.window)) return 'nested';
  const cgroupId = evidence.window.end.cgroupId;
  const offenders = host.offenders.get(cgroupId) ?? [];
  const isTenant = (id: bigint): boolean => tenantPaths.has(id);
  const periods = deriveExactPeriods({
    ...evidence,
    cgroupId,
    previous,
    next,
    whole: window,
    edges: host.edges,
  });
  const parts = periods.map(({ window: part, idleSeconds }) => ({
    entitlement: deriveExactEntitlement(part, evidence.reservedCores),
    ...deriveExactWaiting(part, offenders, isTenant),
    waitBesideIdle: part.waitBesideIdle,
    ...(idleSeconds !== undefined && { idleSeconds }),
  }));
  const latency = deriveWakeupLatency(window);
  const rest = offenders.slice(offendersShown).reduce((sum, { waitSeconds }) => sum + waitSeconds, 0);
  return {
    source: 'exact',
    windowSeconds: window.seconds,
    received: window.exec,
    ...sumEntitlements(parts.map(({ entitlement }) => entitlement)),
    waiting: deriveExactWaiting(window, offenders, isTenant).waiting,
    parts: parts.map(({ entitlement, ...part }): GapPart => ({ gap: entitlement.gap.estimate, ...part })),
    figures: {
      gapInduced: parts.reduce((sum, { entitlement }) => sum + entitlement.gapInduced, 0),
      ...(latency && { latency }),
      ...(host.edges.length > 2 && { periodSeconds: window.seconds / (host.edges.length - 1) }),
      concurrency: window.concurrency,
      offenders: offenders
        .slice(0, offendersShown)
        .map((offender) => ({ ...offender, ...tenantPaths.get(offender.cgroupId) })),
      ...(rest > 0 && { offendersRestSeconds: rest }),
    },
    flags: host.lost ? ['counters_lost'] : [],
  };
}

/** What was missed in one period is not made good by what is borrowed in another. */
function sumEntitlements(parts: readonly ExactEntitlement[]): Pick<ExactEntitlement, 'entitled' | 'gap'> {
  const sum = (of: (part: ExactEntitlement) => Bounded): Bounded =>
    parts.map(of).reduce((total, part) => ({
      estimate: total.estimate + part.estimate,
      low: total.low + part.low,
      high: total.high + part.high,
    }));
  return { entitled: sum(({ entitled }) => entitled), gap: sum(({ gap }) => gap) };
}

/** The programs have met none of its threads, though it used CPU and no table was full. */
const runsElsewhere = ({ previous, next, host, window }: ExactEvidence): boolean =>
  !previous && !next && !host.lost && (window.received ?? 0) > unseenUsageSeconds;

function agreesWithUsage(exact: ExactWindow, cgroup: CgroupWindow): boolean {
  if (cgroup.received === undefined) return false;
  const rate = cgroup.received / cgroup.seconds;
  const difference = Math.abs(exact.exec / exact.seconds - rate);
  return (
    difference * exact.seconds <= Math.max(usageToleranceShare * rate * exact.seconds, usageToleranceSeconds)
  );
}

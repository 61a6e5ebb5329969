/** What the kernel's own programs say of one container, where its threads are all in its own cgroup. */
import type { Assessment } from './assessment.ts';
import {
  deriveExactEntitlement,
  deriveExactWaiting,
  deriveExactWindow,
  deriveOffenders,
  deriveWakeupLatency,
  type ExactWindow,
} from './exact.ts';
import type { ExactCounters, ExactHostSample } from '../kernel/sample.ts';
import type { Offender } from './ledger.ts';
import type { CgroupWindow } from './window.ts';

/** The counters' and the cgroup's own usage may differ by so much before threads must be elsewhere. */
const usageToleranceShare = 0.05;
const usageToleranceSeconds = 0.02;
const offendersShown = 10;

/** The counters of the host between two Samples, shared by all containers. */
export interface ExactHostWindow {
  readonly offenders: ReadonlyMap<bigint, readonly Offender[]>;
  readonly lost: boolean;
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
  };
}

export interface ExactEvidence {
  readonly window: CgroupWindow;
  readonly host: ExactHostWindow;
  readonly previous: ExactCounters | undefined;
  readonly next: ExactCounters | undefined;
  readonly reservedCores: number;
  readonly tenantPaths: ReadonlyMap<bigint, { readonly path: string; readonly name: string }>;
}

/** 'nested' where the container's threads run in child cgroups; undefined where there are no counters. */
export function assessExact(evidence: ExactEvidence): Assessment | 'nested' | undefined {
  const { previous, next, host, tenantPaths } = evidence;
  const window = previous && next && deriveExactWindow(previous, next);
  if (!window) return runsElsewhere(evidence) ? 'nested' : undefined;
  if (!agreesWithUsage(window, evidence.window)) return 'nested';
  const offenders = host.offenders.get(evidence.window.end.cgroupId) ?? [];
  const { waiting, seenShare } = deriveExactWaiting(window, offenders, (id) => tenantPaths.has(id));
  const { entitled, gap, gapInduced } = deriveExactEntitlement(window, evidence.reservedCores);
  const latency = deriveWakeupLatency(window);
  return {
    source: 'exact',
    windowSeconds: window.seconds,
    received: window.exec,
    entitled,
    gap,
    waiting,
    seenShare,
    waitBesideIdle: window.waitBesideIdle,
    figures: {
      gapInduced,
      ...(latency && { latency }),
      offenders: offenders
        .slice(0, offendersShown)
        .map((offender) => ({ ...offender, ...tenantPaths.get(offender.cgroupId) })),
    },
    flags: host.lost ? ['counters_lost'] : [],
  };
}

/** The programs have met none of its threads, though it used CPU and no table was full. */
const runsElsewhere = ({ previous, next, host, window }: ExactEvidence): boolean =>
  !previous && !next && !host.lost && (window.received ?? 0) > usageToleranceSeconds;

function agreesWithUsage(exact: ExactWindow, cgroup: CgroupWindow): boolean {
  if (cgroup.received === undefined) return false;
  const rate = cgroup.received / cgroup.seconds;
  const difference = Math.abs(exact.exec / exact.seconds - rate);
  return (
    difference * exact.seconds <= Math.max(usageToleranceShare * rate * exact.seconds, usageToleranceSeconds)
  );
}

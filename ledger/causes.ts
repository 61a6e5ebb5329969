/**
 * What the threads of a container waited for, and from it what its gap is made of.
 * Kernel files say how long threads waited and who used the CPUs, not who stood before whom; so waits are attributed:
 *
 *   throttled   queue-seconds throttled (own quota or an ancestor's) x threads per queue
 *   self        U (m - 1)+, with m = runnable threads per allowed CPU: while one of m runs, m - 1 stand behind it
 *   the rest    in proportion to what else used the CPUs: other containers : system : steal
 *   steal       and, beside it, what the hypervisor took while its threads were on the CPU
 *
 * A part of the waiting that was not seen (threads that came and went), or for which it is not known who else ran (no
 * /proc/stat), makes the same part of the gap `unexplained`.
 */
import type { Activity } from './activity.ts';
import { gapCauses, type GapCauses, type Waiting } from './ledger.ts';

/** CPU-seconds on the container's CPUs in the window, by who used or took them, itself left out. */
export interface Rivals {
  /** Other containers. */
  readonly others: number;
  /** Kernel threads, interrupts, host daemons. */
  readonly system: number;
  readonly steal: number;
}

export interface WaitingEvidence {
  readonly activity: Activity;
  readonly received: number;
  readonly allowedCpuCount: number;
  readonly throttledQueueSeconds: number;
  /** Absent where it is not known what the CPUs did. */
  readonly rivals: Rivals | undefined;
}

export interface AttributedWaiting {
  readonly waiting: Waiting;
  /** Part of all waiting that is laid to something, 0..1. */
  readonly share: number;
}

/** Thread-seconds waited by what stood before them; undefined where neither threads nor pressure tell. */
export function deriveWaiting(evidence: WaitingEvidence): AttributedWaiting | undefined {
  const { activity, received, allowedCpuCount, rivals } = evidence;
  const total = activity.threadWait?.estimate;
  if (total === undefined) return undefined;
  const active = Math.max(activity.active.estimate, Number.EPSILON);
  const stolen = activity.stolen.own;
  const runnable = Math.min((received + total + stolen) / active, activity.mostThreads ?? Infinity);
  const perQueue = runnable / Math.max(1, Math.min(allowedCpuCount, runnable));
  const throttled = Math.min(total, evidence.throttledQueueSeconds * perQueue);
  const self = Math.min(total - throttled, received * Math.max(0, runnable / allowedCpuCount - 1));
  const rest = total - throttled - self;
  if (!rivals) {
    const waiting = { throttled, self, others: 0, system: 0, steal: stolen };
    return { waiting, share: rest > 0 ? 1 - rest / (total + stolen) : 1 };
  }
  const rivalSeconds = rivals.others + rivals.system + rivals.steal;
  const share = (seconds: number): number => (rivalSeconds > 0 ? (rest * seconds) / rivalSeconds : 0);
  return {
    waiting: {
      throttled,
      self,
      others: share(rivals.others),
      system: share(rivals.system),
      steal: stolen + share(rivals.steal),
    },
    share: 1,
  };
}

export const noCauses: GapCauses = {
  throttled: 0,
  runqueue_sharing: 0,
  self: 0,
  system: 0,
  steal: 0,
  unexplained: 0,
};

/**
 * Splits a gap in proportion to the time waited. The parts sum to the gap.
 * @param seenShare part of the waiting that was seen, 0..1
 */
export function splitGap(gap: number, waiting: Waiting | undefined, seenShare: number): GapCauses {
  if (gap <= 0) return noCauses;
  const waited =
    waiting === undefined
      ? 0
      : waiting.throttled +
        waiting.others +
        waiting.self +
        waiting.system +
        waiting.steal +
        (waiting.idle ?? 0);
  if (waiting === undefined || waited <= 0) return { ...noCauses, unexplained: gap };
  const part = (seconds: number): number => (gap * seenShare * seconds) / waited;
  const explained = {
    throttled: part(waiting.throttled),
    runqueue_sharing: part(waiting.others),
    self: part(waiting.self),
    system: part(waiting.system + (waiting.idle ?? 0)),
    steal: part(waiting.steal),
  };
  const { throttled, runqueue_sharing, self, system, steal } = explained;
  const sum = throttled + runqueue_sharing + self + system + steal;
  return { ...explained, unexplained: Math.max(0, gap - sum) };
}

export function sumCauses(parts: readonly GapCauses[]): GapCauses {
  const first = parts[0];
  if (first && parts.length === 1) return first;
  const sum = { ...noCauses };
  for (const part of parts) for (const cause of gapCauses) sum[cause] += part[cause];
  return sum;
}

/** The cause with the largest part; undefined for no gap. */
export function mainCause(causes: GapCauses): keyof GapCauses | undefined {
  let main: keyof GapCauses | undefined;
  let largest = 0;
  for (const cause of gapCauses) {
    if (causes[cause] <= largest) continue;
    largest = causes[cause];
    main = cause;
  }
  return main;
}

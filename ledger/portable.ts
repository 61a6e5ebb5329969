/** What kernel files alone say of one container: bounds and an estimate between them. */
import { deriveActivity, type Stolen } from './activity.ts';
import type { Assessment } from './assessment.ts';
import { deriveWaiting, type Rivals } from './causes.ts';
import { deriveEntitlement } from './entitlement.ts';
import type { QualityFlag } from './ledger.ts';
import type { CgroupWindow, ThreadsWindow } from './window.ts';

/** Part of the usage that may be missing from the threads seen before it is called churn. */
const unseenUsageShare = 0.05;

export interface PortableEvidence {
  readonly window: CgroupWindow;
  readonly reservedCores: number;
  readonly allowedCpuCount: number;
  readonly throttledQueueSeconds: number;
  readonly rivals: Rivals | undefined;
  readonly stolen: Stolen;
}

export function assessPortable(evidence: PortableEvidence): Assessment {
  const { window, reservedCores, allowedCpuCount } = evidence;
  const received = window.received ?? 0;
  const threads = describeThreads(window, received);
  const activity = deriveActivity({
    windowSeconds: window.seconds,
    received,
    allowedCpuCount,
    stolen: evidence.stolen,
    pressureSome: window.pressureSome,
    pressureFull: window.pressureFull,
    ...threads.evidence,
  });
  const { throttledQueueSeconds, rivals } = evidence;
  const attributed = deriveWaiting({ activity, received, allowedCpuCount, throttledQueueSeconds, rivals });
  const { entitled, gap } = deriveEntitlement(
    activity,
    reservedCores,
    received,
    window.seconds,
    allowedCpuCount,
  );
  const seenShare = threads.seenShare * (attributed?.share ?? 1);
  return {
    source: 'portable',
    windowSeconds: window.seconds,
    received,
    entitled,
    gap,
    waiting: attributed?.waiting,
    parts: [{ gap: gap.estimate, seenShare, waiting: attributed?.waiting }],
    figures: threads.figures,
    flags: window.pressureSome === undefined ? [...pressureFlags(window), ...threads.flags] : threads.flags,
  };
}

const pressureFlags = ({ threads }: CgroupWindow): readonly QualityFlag[] =>
  threads ? ['psi_off'] : ['psi_off', 'no_waiting_data'];

interface ThreadFacts {
  readonly evidence: {
    readonly threadWait?: number;
    readonly carriedIn?: number;
    readonly pending?: number;
    readonly mostThreads?: number;
  };
  readonly seenShare: number;
  readonly figures: Assessment['figures'];
  readonly flags: readonly QualityFlag[];
}

const unseen = (flag: QualityFlag): ThreadFacts => ({
  evidence: {},
  seenShare: 1,
  figures: {},
  flags: [flag],
});
const noSchedstat = unseen('no_schedstat');
const threadsNotSampled = unseen('threads_not_sampled');

function describeThreads(window: CgroupWindow, received: number): ThreadFacts {
  const { threads, end } = window;
  if (!threads) {
    const allUnread = end.threads !== undefined && end.threads.tids.length === 0 && end.threads.unread > 0;
    return allUnread ? noSchedstat : threadsNotSampled;
  }
  const unseenUsage = Math.max(0, received - threads.run);
  const churned = unseenUsage > Math.max(unseenUsageShare * received, 0.005 * window.seconds);
  const seenShare = churned ? threads.run / received : 1;
  return {
    evidence: threadEvidence(threads, churned, seenShare),
    seenShare,
    figures: {
      threadCount: threads.count,
      ...(threads.timeslices > 0 && { waitPerTimesliceSeconds: threads.wait / threads.timeslices }),
    },
    flags: churned ? ['thread_churn'] : [],
  };
}

/** Threads that nobody saw waited too, in proportion to what they ran as far as anybody can tell, and were any number. */
function threadEvidence(
  threads: ThreadsWindow,
  churned: boolean,
  seenShare: number,
): ThreadFacts['evidence'] {
  if (churned && seenShare < 0.5) return {};
  if (churned) return { threadWait: threads.wait / seenShare, carriedIn: threads.wait, pending: Infinity };
  const { wait, carriedIn, pending, count } = threads;
  return {
    threadWait: wait,
    carriedIn,
    // A thread that came and went in between may have been one more, and may have waited unseen.
    ...(threads.changed === 0 ? { pending, mostThreads: count } : { pending: Infinity }),
  };
}

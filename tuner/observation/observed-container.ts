/** One container as the ledger or the agent's API tells of it, and what a policy takes from that. */
import type { ContainerIdentity } from '../../kernel/sample.ts';
import type {
  Bounded,
  ContainerLedger,
  GapCauses,
  Offender,
  Throttling,
  Waiting,
} from '../../ledger/ledger.ts';
import type { WaitLatency } from '../../ledger/latency.ts';
import type { ContainerEvidence } from './node-view.ts';

/** Seconds of the window unless the name says otherwise. Without a reservation there is no entitlement and no gap. */
export interface ObservedContainer {
  readonly path: string;
  readonly cgroupId: bigint;
  readonly identity: ContainerIdentity;
  readonly reservedCores?: number;
  readonly source: ContainerLedger['source'];
  readonly windowSeconds: number;
  /** Absent: its usage could not be read. */
  readonly received?: number;
  readonly entitled?: Bounded;
  readonly gap?: Bounded;
  readonly gapInduced?: number;
  readonly causes?: GapCauses;
  readonly phantom?: number;
  readonly throttling?: Pick<Throttling, 'harmful' | 'byPath'>;
  readonly waiting?: Waiting;
  readonly latency?: Pick<WaitLatency, 'count' | 'p50Seconds' | 'p99Seconds'>;
  readonly offenders?: readonly Offender[];
  readonly concurrency?: readonly number[];
  readonly threadCount?: number;
}

export function observedFromLedger(ledger: ContainerLedger): ObservedContainer {
  const { reservation, quality, received, entitled, gap, causes, whereabouts, ...rest } = ledger;
  return {
    ...rest,
    ...(!quality.includes('no_usage') && { received }),
    ...(reservation && {
      reservedCores: reservation.cores,
      entitled,
      gap,
      causes,
      phantom: whereabouts.phantom,
    }),
  };
}

const nothing: Bounded = { estimate: 0, low: 0, high: 0 };
const noCauses: GapCauses = {
  throttled: 0,
  runqueue_sharing: 0,
  self: 0,
  system: 0,
  steal: 0,
  unexplained: 0,
};

/** The CPU that was stolen while a thread was on it is not a thread that waits. */
const totalOf = ({ others, self, system, throttled, idle = 0 }: Waiting): number =>
  others + self + system + throttled + idle;

/** Undefined where nothing can be said: no usage, or a window of no length. */
export function evidenceOf(container: ObservedContainer): ContainerEvidence | undefined {
  const { received, windowSeconds, throttling, waiting, latency, offenders, concurrency, threadCount } =
    container;
  if (received === undefined || !(windowSeconds > 0)) return undefined;
  const perSecond = (seconds: number): number => seconds / windowSeconds;
  const bounded = ({ estimate, low, high }: Bounded): Bounded => ({
    estimate: perSecond(estimate),
    low: perSecond(low),
    high: perSecond(high),
  });
  const causes = container.causes ?? noCauses;
  return {
    source: container.source,
    windowSeconds,
    receivedCores: perSecond(received),
    entitledCores: bounded(container.entitled ?? nothing),
    gapCores: bounded(container.gap ?? nothing),
    causesCores: {
      throttled: perSecond(causes.throttled),
      runqueue_sharing: perSecond(causes.runqueue_sharing),
      self: perSecond(causes.self),
      system: perSecond(causes.system),
      steal: perSecond(causes.steal),
      unexplained: perSecond(causes.unexplained),
    },
    ...(container.gapInduced !== undefined && { gapInducedCores: perSecond(container.gapInduced) }),
    phantomCores: perSecond(container.phantom ?? 0),
    throttledHarmful: throttling?.harmful ?? false,
    ...(throttling?.byPath !== undefined && { throttledBy: throttling.byPath }),
    ...(concurrency && { concurrency: concurrency.map(perSecond) }),
    ...(threadCount !== undefined && { threadCount }),
    ...(waiting && { waitCores: perSecond(totalOf(waiting)), waitOthersCores: perSecond(waiting.others) }),
    ...(latency && { waitP99Seconds: latency.p99Seconds }),
    ...(offenders && {
      offenders: offenders.flatMap(({ path, waitSeconds }) =>
        path === undefined ? [] : [{ path, waitCores: perSecond(waitSeconds) }],
      ),
    }),
  };
}

/** What one source says of one container in one window; derive.ts makes the ledger from it, whichever source it was. */
import type { Bounded, ContainerLedger, QualityFlag, Waiting } from './ledger.ts';

export interface Assessment {
  readonly source: ContainerLedger['source'];
  readonly windowSeconds: number;
  readonly received: number;
  readonly entitled: Bounded;
  readonly gap: Bounded;
  readonly waiting: Waiting | undefined;
  /** The parts of the window, in order, that the gap is the sum of; one where the source has no shorter ones. */
  readonly parts: readonly GapPart[];
  readonly figures: Pick<
    ContainerLedger,
    | 'threadCount'
    | 'waitPerTimesliceSeconds'
    | 'latency'
    | 'offenders'
    | 'offendersRestSeconds'
    | 'gapInduced'
    | 'periodSeconds'
    | 'concurrency'
  >;
  readonly flags: readonly QualityFlag[];
}

/** The gap of a part of a window, and what it is split by. */
export interface GapPart {
  readonly gap: number;
  readonly waiting?: Waiting | undefined;
  /** Part of the waiting whose cause was seen, 0..1. */
  readonly seenShare: number;
  /** Idle time on the allowed CPUs; absent where only the whole window's is known. */
  readonly idleSeconds?: number;
  /** Thread-seconds waited while an allowed CPU was idle; absent where the source cannot tell. */
  readonly waitBesideIdle?: number;
}

/** What one source says of one container in one window; derive.ts makes the ledger from it, whichever source it was. */
import type { Bounded, ContainerLedger, QualityFlag, Waiting } from './ledger.ts';

export interface Assessment {
  readonly source: ContainerLedger['source'];
  readonly windowSeconds: number;
  readonly received: number;
  readonly entitled: Bounded;
  readonly gap: Bounded;
  readonly waiting: Waiting | undefined;
  /** Part of the waiting whose cause was seen, 0..1. */
  readonly seenShare: number;
  /** Thread-seconds waited while an allowed CPU was idle; absent where the source cannot tell. */
  readonly waitBesideIdle?: number;
  readonly figures: Pick<
    ContainerLedger,
    'threadCount' | 'waitPerTimesliceSeconds' | 'latency' | 'offenders' | 'gapInduced'
  >;
  readonly flags: readonly QualityFlag[];
}

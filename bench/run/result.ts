/** What a run leaves behind: everything that was measured, and where. Plain JSON. */
import type { GapCauses } from '../../ledger/ledger.ts';
import type { HostFacts } from '../../host/host-facts.ts';
import type { PublishedFigure, Outcome } from '../scenarios/scenario.ts';
import type { Disturbance } from '../statistics/disturbance.ts';
import type { SparseHistogram } from '../statistics/histogram.ts';

export const schemaVersion = 1;

export interface BenchResult {
  readonly schema: 'cpugap-bench';
  readonly schemaVersion: typeof schemaVersion;
  readonly cpugapVersion: string;
  readonly command: string;
  readonly seed: number;
  readonly startedWallTimeMs: number;
  readonly endedWallTimeMs: number;
  /** False: interrupted, and what was measured until then is here. */
  readonly complete: boolean;
  readonly host: BenchHost;
  readonly settings: RunSettings;
  readonly scenarios: readonly ScenarioResult[];
}

export interface BenchHost extends HostFacts {
  readonly cpuCount: number;
  readonly cgroupVersion: string;
  readonly node: string;
  /** Programs of the distribution that were used, with their versions. */
  readonly programs: Readonly<Record<string, string>>;
  /** Where the load generator ran. */
  readonly generator: string;
  /** Why there were no exact counters; absent where there were. */
  readonly noExactReason?: string;
}

export interface RunSettings {
  readonly timeBudgetSeconds: number;
  readonly settleSeconds: number;
  readonly windowSeconds: number;
}

export interface ScenarioResult {
  readonly name: string;
  readonly summary: string;
  readonly outcome: Outcome;
  readonly expects: readonly string[];
  readonly published: readonly PublishedFigure[];
  readonly pods: readonly PodFacts[];
  /** Arms that were to be tried, in order. */
  readonly arms: readonly ArmFacts[];
  readonly trials: readonly Trial[];
  /** Why it ended: `narrow_enough`, `no_time`, `interrupted`, or what failed. */
  readonly ended: string;
}

export interface PodFacts {
  readonly name: string;
  readonly requestedCores: number;
  readonly limitCores?: number;
  readonly load: string;
}

export interface ArmFacts {
  readonly name: string;
  readonly summary: string;
  readonly notApplicable?: string;
  readonly note?: string;
}

export interface Trial {
  readonly block: number;
  readonly arm: string;
  /** Requests per second that were sent; only for servers. */
  readonly ratePerSecond?: number;
  /** The first of a scenario is run and not counted. */
  readonly discarded: boolean;
  readonly windowSeconds: number;
  readonly victim: PodMeasure;
  readonly neighbours: readonly PodMeasure[];
  /** The victim's gap second by second. */
  readonly gapSeries: readonly GapMoment[];
  readonly generator?: {
    readonly intended: number;
    readonly unanswered: number;
    readonly unsent: number;
    readonly latenessP50Ns: number;
    readonly latenessP99Ns: number;
    readonly cores: number;
  };
  readonly host: {
    readonly busyCores: number;
    readonly idleCores: number;
    readonly stealCores: number;
    readonly foreignCores: number;
  };
  readonly disturbances: readonly Disturbance[];
}

/** All amounts in CPUs, over the window. */
export interface PodMeasure {
  readonly name: string;
  readonly perSecond?: number;
  readonly latency?: SparseHistogram;
  readonly source: 'portable' | 'exact';
  readonly reservedCores: number;
  readonly receivedCores: number;
  readonly entitledCores: number;
  readonly gapCores: number;
  readonly gapBounds: readonly [low: number, high: number];
  readonly causes: GapCauses;
  readonly phantomCores: number;
  readonly waitP99Seconds?: number;
}

export interface GapMoment {
  readonly atSeconds: number;
  readonly causes: GapCauses;
}

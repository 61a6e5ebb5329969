/**
 * What both predictors take and give: the fluid model (fluid.ts, shares in the long run) and the discrete-event model
 * (events.ts, every wake-up, slice and balance). All CPU amounts are CPUs, all times nanoseconds.
 */
import type { CpuSet } from '../../kernel/cpu-set.ts';

export interface ModelHost {
  readonly cpus: CpuSet;
  /** CPUs that share a last-level cache; load is balanced within one more readily than across. Default: all share one. */
  readonly cacheDomains?: readonly CpuSet[];
  /** Every group with threads, and every ancestor below the root that has settings; parents before children. */
  readonly groups: readonly ModelGroup[];
  readonly threads: readonly ModelThread[];
}

export interface ModelGroup {
  /** As a cgroup path: `/kubepods/pod1/c1` is a child of `/kubepods/pod1`, if that is listed, else of the root. */
  readonly path: string;
  /** In the scheduler's unit: 1024 is a thread at nice 0, cpu.shares 1024, cpu.weight 100. */
  readonly shares: number;
  /** SCHED_IDLE for the whole group. */
  readonly idle?: boolean;
  readonly quota?: { readonly quotaNs: number; readonly periodNs: number; readonly burstNs?: number };
  /** Effective CPUs; all when left out. */
  readonly cpus?: CpuSet;
}

/** What a thread does, over and over. */
export type ModelProgram =
  | { readonly kind: 'spin' }
  /** Runs `workNs`, then sleeps so that it begins anew every `everyNs`; `poisson`: the beginnings are a Poisson process. */
  | {
      readonly kind: 'duty';
      readonly workNs: number;
      readonly everyNs: number;
      readonly arrivals?: 'fixed' | 'poisson';
    }
  /**
   * Runs `workNs`, then waits for every other thread of the same `set`. Many barriers are met twice a round, once done
   * and once before going on; each meeting is a chance to wait. Default: once.
   */
  | { readonly kind: 'barrier'; readonly workNs: number; readonly set: string; readonly meetings?: 1 | 2 };

export interface ModelThread {
  readonly group: string;
  readonly program: ModelProgram;
  /** Where it runs, for a prediction of one placement; the model places it where left out. */
  readonly cpu?: number;
}

export interface GroupPrediction {
  readonly path: string;
  readonly receivedCores: number;
  /** What its threads would use alone on its CPUs, quota aside. */
  readonly wantedCores: number;
  /** Thread-seconds per second runnable and not running, throttling aside. */
  readonly waitCores?: number;
  /** Time per second in which a quota stopped it, 0..1 per queue. */
  readonly throttledCores: number;
  /** Discrete-event model only: waiting per wake-up. */
  readonly waitP50Ns?: number;
  readonly waitP99Ns?: number;
  /** Discrete-event model only: rounds of work (bursts, phases) per second. */
  readonly roundsPerSecond?: number;
}

export interface Prediction {
  readonly groups: readonly GroupPrediction[];
  readonly idleCores: number;
}

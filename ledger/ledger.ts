/**
 * The ledger of one container over one window: reserved, wanted, received, missed, and why.
 * Definitions and formulas: docs/measurement.md. All amounts are CPU-seconds of that window unless the name says otherwise.
 */
import type { WaitLatency } from './latency.ts';
import type { ContainerIdentity, CpuQuota, CpuWeight, Reservation } from '../kernel/sample.ts';

/** A value with the bounds that the source can vouch for: low <= estimate <= high. */
export interface Bounded {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** What the gap is made of, by what its threads waited for. Sums to the gap's estimate. */
export interface GapCauses {
  readonly throttled: number;
  readonly runqueue_sharing: number;
  readonly self: number;
  readonly system: number;
  readonly steal: number;
  readonly unexplained: number;
}
export const gapCauses = ['throttled', 'runqueue_sharing', 'self', 'system', 'steal', 'unexplained'] as const;

/** Where the missing CPU time was. phantom + taken = gap. */
export interface GapWhereabouts {
  /** Idle time on allowed CPUs stood beside the gap. */
  readonly phantom: number;
  /** Every allowed CPU was busy with somebody else. */
  readonly taken: number;
  /** Split of phantom; only the exact source knows it. */
  readonly phantomConcurrent?: number;
  readonly phantomDeferred?: number;
}

/** Thread-seconds spent runnable but not running, by what stood before them. */
export interface Waiting {
  readonly others: number;
  readonly self: number;
  readonly system: number;
  /** Exact source: time that the hypervisor or interrupts took while a thread was on the CPU. */
  readonly steal: number;
  readonly throttled: number;
  /** Exact source: nothing stood before them, the CPU was idle and had to wake up. */
  readonly idle?: number;
}

/** Who stood before a container's threads. */
export interface Offender {
  /** 1 is the root cgroup: host processes. */
  readonly cgroupId: bigint;
  /** Absent where the cgroup is neither a container nor an ancestor of one. */
  readonly path?: string;
  readonly name?: string;
  /** Thread-seconds waited behind it. */
  readonly waitSeconds: number;
}

export interface Throttling {
  readonly periods: number;
  readonly throttledPeriods: number;
  /** Queue-seconds throttled by its own quota or an ancestor's. */
  readonly throttledSeconds: number;
  readonly burstSeconds?: number;
  /** The cgroup whose quota bit: its own path or an ancestor's. */
  readonly byPath?: string;
  /** True: it happened while the container was below its reservation. */
  readonly harmful: boolean;
}

export type QualityFlag =
  | 'psi_off'
  | 'no_schedstat'
  | 'threads_not_sampled'
  /** Neither pressure nor threads: the bounds say all, and the estimate is their lower end. */
  | 'no_waiting_data'
  | 'thread_churn'
  | 'coarse_idle'
  /** What the CPUs did is not known: nor, then, where the gap went and who else ran. */
  | 'no_cpu_times'
  | 'no_usage'
  | 'cpu_hotplug'
  | 'long_window'
  | 'no_cpuset'
  /** Exact counters exist, but its threads are in child cgroups: the portable source is used. */
  | 'nested_cgroups'
  /** Some events found a full table and were not counted. */
  | 'counters_lost';

export type VerdictKind =
  | 'no_reservation'
  | 'idle'
  | 'satisfied'
  | 'borrowing'
  | 'self_limited'
  | 'throttled_harmful'
  | 'throttled_harmless'
  | 'contended'
  | 'phantom'
  | 'stolen'
  | 'unexplained'
  | 'unknown';

export interface Verdict {
  readonly kind: VerdictKind;
  /** One plain sentence with the numbers. */
  readonly sentence: string;
}

export interface ContainerLedger {
  readonly path: string;
  readonly cgroupId: bigint;
  readonly identity: ContainerIdentity;
  readonly reservation?: Reservation;
  /** Which source these numbers rest on; the two are never mixed in one ledger. */
  readonly source: 'portable' | 'exact';
  /** Real length of the window. */
  readonly windowSeconds: number;
  /** U */
  readonly received: number;
  /** E, with bounds. */
  readonly entitled: Bounded;
  /** G: the sum of max(0, E - U) over the parts of the window that were looked at, with bounds. */
  readonly gap: Bounded;
  /** R x D - E for the estimate of E. */
  readonly unclaimed: number;
  /** U - (E - G) for the estimates: received beyond E in some part of the window. */
  readonly borrowed: number;
  readonly causes: GapCauses;
  readonly whereabouts: GapWhereabouts;
  /** The part of the gap that rests on induced demand; exact source only. */
  readonly gapInduced?: number;
  /** Absent where neither threads nor pressure were readable. */
  readonly waiting?: Waiting;
  /** Mean wait per timeslice, where threads were read. */
  readonly waitPerTimesliceSeconds?: number;
  /** Wait per wake-up; exact source only. */
  readonly latency?: WaitLatency;
  /** Behind whom it waited, most first, at most ten; exact source only. */
  readonly offenders?: readonly Offender[];
  /** Thread-seconds behind all others than these ten. */
  readonly offendersRestSeconds?: number;
  /** Length of the periods whose gaps were added up; absent where the window was looked at as a whole. */
  readonly periodSeconds?: number;
  /** T[k], k = 0, 1, ...: time with exactly k runnable threads, the last entry with as many or more; exact source only. */
  readonly concurrency?: readonly number[];
  readonly throttling?: Throttling;
  /** PSI some / full of this container, seconds of wall time. */
  readonly pressureWaiting?: number;
  readonly pressureStalled?: number;
  /** Settings in force at the window's end. */
  readonly settings: ContainerSettings;
  readonly threadCount?: number;
  readonly quality: readonly QualityFlag[];
  readonly verdict: Verdict;
}

export interface ContainerSettings {
  readonly weight?: CpuWeight;
  readonly idle?: boolean;
  readonly quota?: CpuQuota;
  /** The tightest quota among it and its ancestors, in CPUs; absent when there is none. */
  readonly quotaCores?: number;
  /** Number of CPUs its threads may use. */
  readonly allowedCpuCount?: number;
  /** Kernel list form: "0-3". */
  readonly allowedCpus?: string;
}

/** All containers over one window, with the host beside them. */
export interface HostLedger {
  /** Wall clock at the window's end, milliseconds since the epoch. */
  readonly wallTimeMs: number;
  readonly windowSeconds: number;
  readonly onlineCpuCount: number;
  /** CPU-seconds of all online CPUs in the window, by state. */
  readonly host: HostTimes;
  readonly containers: readonly ContainerLedger[];
}

export interface HostTimes {
  readonly busySeconds: number;
  readonly idleSeconds: number;
  readonly stealSeconds: number;
  readonly irqSeconds: number;
}

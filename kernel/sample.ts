/**
 * A Sample is one reading of a host: what the kernel's files said, typed, in the kernel's own cumulative counters.
 * Nothing here is derived. Two Samples make a Ledger. Recordings store Samples, so better maths applies to old ones.
 *
 * Cumulative times are `bigint` nanoseconds, whatever unit the file uses: 2^53 ns is 104 days, and a 64-CPU container
 * passes that in two. Absent means "this kernel or host does not say"; it is never a zero.
 */
import type { CpuSet } from './cpu-set.ts';

export interface Sample {
  readonly formatVersion: 1;
  /** Wall clock when reading began, milliseconds since the epoch; for people, never for arithmetic. */
  readonly wallTimeMs: number;
  /** CLOCK_MONOTONIC when reading began. */
  readonly monotonicNs: bigint;
  readonly host: HostSample;
  /** Who counts as a container, with names and reservations as known at this moment. Joined to `cgroups` by path. */
  readonly containers: readonly ContainerRecord[];
  /** The containers' cgroups and all their ancestors below the root, each once, in path order. */
  readonly cgroups: readonly CgroupSample[];
  readonly collectors: readonly CollectorReport[];
}

export interface HostSample {
  /** When /proc/stat was read. */
  readonly monotonicNs: bigint;
  readonly bootId?: string;
  readonly kernelRelease?: string;
  readonly cgroupVersion: CgroupVersion;
  readonly online: CpuSet;
  /** Per online CPU, from /proc/stat, ascending by CPU. Empty when it could not be read. */
  readonly cpus: readonly CpuTimes[];
  /** Per online CPU, from /proc/schedstat where that exists. */
  readonly runqueues?: readonly RunqueueTimes[];
  /** /proc/pressure/cpu; absent when PSI is off. */
  readonly pressure?: Pressure;
  /** What the programs in the kernel counted beside the cgroups; absent where they are not loaded. */
  readonly exact?: ExactHostSample;
}

/** `hybrid`: v1 controllers with a v2 hierarchy beside them that has PSI but no cpu controller. */
export type CgroupVersion = 'v1' | 'v2' | 'hybrid';

/** One `cpuN` line of /proc/stat. Cumulative nanoseconds (USER_HZ ticks x 10 ms: the file's resolution is 10 ms). */
export interface CpuTimes {
  readonly cpu: number;
  readonly userNs: bigint;
  readonly niceNs: bigint;
  readonly systemNs: bigint;
  readonly idleNs: bigint;
  readonly iowaitNs: bigint;
  readonly irqNs: bigint;
  readonly softirqNs: bigint;
  readonly stealNs: bigint;
}

/** One `cpuN` line of /proc/schedstat (versions 15 to 17): its last three columns. */
export interface RunqueueTimes {
  readonly cpu: number;
  readonly runNs: bigint;
  readonly waitNs: bigint;
  readonly timeslices: bigint;
}

/** One `cpu.pressure` or /proc/pressure/cpu. Totals are means over non-idle CPUs: never more than wall time. */
export interface Pressure {
  readonly someNs: bigint;
  /** Absent before Linux 5.13 and always 0 at the root. */
  readonly fullNs?: bigint;
}

export interface CgroupSample {
  /** Path below the cgroup root, the same in every hierarchy; starts with `/`, never just `/`. */
  readonly path: string;
  /** Inode number of the directory in the hierarchy of the cpu controller: another one is another cgroup. */
  readonly cgroupId: bigint;
  /** CLOCK_MONOTONIC when the usage counter was read. */
  readonly monotonicNs: bigint;
  /** Received CPU time: v2 `usage_usec`, v1 `cpuacct.usage`. */
  readonly usageNs?: bigint;
  readonly bandwidth?: BandwidthCounters;
  /** Time throttled by this cgroup *or an ancestor*, summed over CPUs: `cpu.stat.local` (Linux 6.6). */
  readonly throttledSelfNs?: bigint;
  /** v1 only, with schedstats on: exact time waited on runqueues (`wait_sum`). */
  readonly waitSumNs?: bigint;
  /** Absent when PSI is off or does not exist for this cgroup. */
  readonly pressure?: Pressure;
  readonly weight?: CpuWeight;
  /** `cpu.idle`: true is SCHED_IDLE for the whole group. */
  readonly idle?: boolean;
  readonly quota?: CpuQuota;
  /** `cpuset.cpus.effective` (v2) or `cpuset.effective_cpus` (v1): where its threads may run. */
  readonly allowedCpus?: CpuSet;
  /** Present only where threads were read in this tick. */
  readonly threads?: ThreadsSample;
  /** Counted in the kernel for this cgroup's own threads; absent where the programs are not loaded or do not know it. */
  readonly exact?: ExactCounters;
}

/** What the BPF programs count for the host as a whole (docs/bpf.md). */
export interface ExactHostSample {
  /** Which set of counters: no rate across two values. */
  readonly loadId: bigint;
  readonly pairs: readonly WaitPair[];
  /** Events that could not be counted, by name; all zero on a healthy host. */
  readonly losses: readonly CountedLoss[];
  /** Idle time of every CPU that the programs have seen, ascending by CPU. */
  readonly idle?: readonly CpuIdle[];
  /** Readings after the previous sample and before this one, oldest first; absent where there were none. */
  readonly periods?: readonly ExactPeriod[];
}

/** Cumulative time in which a CPU ran its idle thread. */
export interface CpuIdle {
  readonly cpu: number;
  readonly idleNs: bigint;
}

/** The counters at a moment between two samples, so that what was missed in one part of a window can be told from the rest. */
export interface ExactPeriod {
  readonly idle: readonly CpuIdle[];
  /** Of the cgroups that waited just before or just after this moment: the others missed nothing there. */
  readonly cgroups: readonly PeriodCounters[];
}

export interface PeriodCounters {
  readonly cgroupId: bigint;
  readonly exact: ExactCounters;
}

/** Thread-nanoseconds that the victim waited while the offender occupied its CPU; both are cgroup ids. */
export interface WaitPair {
  readonly victimId: bigint;
  readonly offenderId: bigint;
  readonly waitNs: bigint;
}

export interface CountedLoss {
  readonly name: string;
  readonly count: bigint;
}

/**
 * Cumulative counters of the BPF programs for one cgroup, without its children, closed up to `monotonicNs`
 * (docs/bpf.md says how each is counted). Durations of waiting are thread-nanoseconds.
 */
export interface ExactCounters {
  readonly monotonicNs: bigint;
  /** When it was first seen: no rate across two values. */
  readonly createdNs: bigint;
  /** On a CPU by the wall clock. */
  readonly runNs: bigint;
  /** On a CPU by the scheduler's own clock: run - exec is steal and interrupts. */
  readonly execNs: bigint;
  readonly migrations: bigint;
  /** Nothing ran on the CPU: its wake-up latency. */
  readonly waitIdleNs: bigint;
  readonly waitSelfNs: bigint;
  /** Behind a kernel thread. */
  readonly waitSystemNs: bigint;
  /** Behind another cgroup's thread. */
  readonly waitOthersNs: bigint;
  readonly waitThrottledNs: bigint;
  /** Behind what could not be told. */
  readonly waitUnknownNs: bigint;
  /** The part of self + system + others during which another CPU that the thread may use was idle. */
  readonly waitBesideIdleNs: bigint;
  /** J: slept for a sibling that waited, on a runqueue or throttled. */
  readonly inducedNs: bigint;
  readonly inducedThrottledNs: bigint;
  /** T[k], k = 0, 1, ...; the last entry holds every larger k. */
  readonly concurrencyNs: BigUint64Array;
  /** Integral of n over the time in that last entry. */
  readonly concurrencyTailNs: bigint;
  /** Waits by length (ledger/latency.ts has the bounds): after a wake-up, and after a pre-emption. */
  readonly wakeupWaits: BigUint64Array;
  readonly preemptionWaits: BigUint64Array;
}

/** Bandwidth control counters of this cgroup's own quota (`cpu.stat`). */
export interface BandwidthCounters {
  readonly periods: number;
  /** Periods in which *any* CPU's queue was throttled. */
  readonly throttledPeriods: number;
  /** Summed over CPUs' queues: neither wall time nor thread time. */
  readonly throttledNs: bigint;
  /** Absent before Linux 5.14. */
  readonly bursts?: number;
  readonly burstNs?: bigint;
}

/** v2 `cpu.weight` (1..10000, default 100) or v1 `cpu.shares` (2..262144, default 1024). */
export type CpuWeight =
  { readonly kind: 'weight'; readonly weight: number } | { readonly kind: 'shares'; readonly shares: number };

export interface CpuQuota {
  /** CPU time per period, or 'max' for no quota. */
  readonly quotaUsec: number | 'max';
  readonly periodUsec: number;
  readonly burstUsec?: number;
}

/** Threads of one container: of its cgroup and every cgroup below it. Columns: entry i of each array is one thread. */
export interface ThreadsSample {
  /** CLOCK_MONOTONIC when reading of these threads began. */
  readonly monotonicNs: bigint;
  readonly tids: Uint32Array;
  /** Time on CPU, from /proc/<tid>/schedstat. */
  readonly runNs: BigUint64Array;
  /** Time runnable but not running, throttling included; a wait is added when it ends. */
  readonly runDelayNs: BigUint64Array;
  readonly timeslices: BigUint64Array;
  /** Threads listed but gone or unreadable when their turn came. */
  readonly unread: number;
}

/** One container as it is known at this moment. */
export interface ContainerRecord {
  /** Path of its cgroup, as in CgroupSample. */
  readonly path: string;
  readonly identity: ContainerIdentity;
  /** Absent: nothing is reserved, or nobody says what is. */
  readonly reservation?: Reservation;
}

export type ContainerKind =
  'kubernetes' | 'docker' | 'podman' | 'containerd' | 'cri-o' | 'systemd' | 'slurm' | 'apptainer' | 'cgroup';

export interface ContainerIdentity {
  readonly kind: ContainerKind;
  /** What a person would call it; unique on a host only together with the path. */
  readonly name: string;
  readonly namespace?: string;
  readonly pod?: string;
  readonly container?: string;
  readonly podUid?: string;
  /** Full runtime id, without prefix. */
  readonly containerId?: string;
  readonly runtime?: 'containerd' | 'cri-o' | 'docker' | 'podman';
  readonly qosClass?: 'Guaranteed' | 'Burstable' | 'BestEffort';
}

export interface Reservation {
  /** CPUs reserved: `requests.cpu`, or what stands in for it. */
  readonly cores: number;
  /** Where the number comes from, in words that a person can check: `reservations.yaml:4 "/demo/*"`. */
  readonly source: string;
}

/** How reading one kind of file went in this tick. */
export interface CollectorReport {
  readonly name: string;
  readonly reads: number;
  readonly failures: number;
  readonly durationNs: number;
  /** The last failure, with its path. */
  readonly lastFailure?: string;
}

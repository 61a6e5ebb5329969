/**
 * What a policy sees of a node: the managed cgroups with their settings, and per container what it reserved, wanted and
 * received lately. Plain data: made from the agent's API, from two Samples, or from a recording.
 */
import type { CpuSet } from '../../kernel/cpu-set.ts';
import type { CgroupVersion, CpuQuota, CpuWeight } from '../../kernel/sample.ts';
import type { Topology } from '../../kernel/topology.ts';
import type { Bounded, ContainerLedger, GapCauses } from '../../ledger/ledger.ts';

export interface NodeView {
  readonly cgroupVersion: CgroupVersion;
  readonly topology: Topology;
  /** The system's own CPUs: never given to a container alone. */
  readonly reservedCpus: CpuSet;
  /** Nothing outside of this cgroup is ever written. */
  readonly managedRoot: string;
  /** The managed root and every cgroup below it down to the containers, parents before children, in path order. */
  readonly groups: readonly GroupView[];
  readonly containers: readonly ContainerView[];
  /** Wall clock at the end of the observed window, milliseconds since the epoch. */
  readonly wallTimeMs: number;
  /** Age of the observation when the view was made. */
  readonly ageSeconds: number;
}

export interface GroupView {
  readonly path: string;
  /** Inode of its directory: another one is another cgroup. */
  readonly cgroupId: bigint;
  readonly weight?: CpuWeight;
  /** Absent: this kernel has no cpu.idle. */
  readonly idle?: boolean;
  readonly quota?: CpuQuota;
  /** cpuset.cpus as written; the empty set is "as the parent" (v2). Absent: no cpuset controller here. */
  readonly configuredCpus?: CpuSet;
  readonly effectiveCpus?: CpuSet;
  readonly partition?: 'member' | 'root' | 'isolated';
}

export interface ContainerView {
  readonly path: string;
  readonly cgroupId: bigint;
  readonly name: string;
  /** Absent: nothing is reserved. */
  readonly reservedCores?: number;
  /** Why the tuner must leave it alone, in words; absent where it may act. */
  readonly excluded?: string;
  /** Which policy its owner asks for; absent: the tuner's own. */
  readonly wish?: 'auto' | 'observe' | 'dedicated';
  /** The p99 of waiting that its owner asks for. */
  readonly targetWaitP99Seconds?: number;
  readonly evidence?: ContainerEvidence;
}

/** Per second of the observed window, so in CPUs, unless the name says otherwise. */
export interface ContainerEvidence {
  readonly source: ContainerLedger['source'];
  readonly windowSeconds: number;
  readonly receivedCores: number;
  readonly entitledCores: Bounded;
  readonly gapCores: Bounded;
  /** The part of the gap that rests on threads held up by their siblings' waiting. Exact source only. */
  readonly gapInducedCores?: number;
  readonly causesCores: GapCauses;
  readonly phantomCores: number;
  readonly throttledHarmful: boolean;
  /** The cgroup whose quota bit: its own or an ancestor's. */
  readonly throttledBy?: string;
  /** Share of the time with exactly k runnable threads, k = 0, 1, ...; the last entry holds the rest. Exact source only. */
  readonly concurrency?: readonly number[];
  readonly threadCount?: number;
  /** Thread-seconds runnable and not running per second, throttling included. */
  readonly waitCores?: number;
  /** Thread-seconds waited behind others per second. */
  readonly waitOthersCores?: number;
  readonly waitP99Seconds?: number;
  /** Behind whom it waited, most first. Exact source only. */
  readonly offenders?: readonly { readonly path: string; readonly waitCores: number }[];
}

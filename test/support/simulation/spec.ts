/**
 * What a simulated host is made of. Times are whole nanoseconds of simulated time, amounts of CPU are CPUs.
 * Everything that is left out has a default that a plain Linux host would have.
 */
export interface HostSpec {
  readonly seed: number;
  readonly cpuCount: number;
  readonly containers: readonly ContainerSpec[];
  /** Cgroups above containers that have settings of their own; other ancestors get the defaults. */
  readonly parents?: readonly GroupSpec[];
  /** Kernel threads and host daemons: they sit directly in each CPU's root queue. */
  readonly system?: readonly Workload[];
  readonly steal?: readonly StealSpec[];
  readonly scheduling?: Partial<Scheduling>;
  readonly emission?: Partial<Emission>;
}

export interface GroupSpec {
  readonly path: string;
  /** In the scheduler's own unit: 1024 is one nice-0 thread, and the default. */
  readonly weight?: number;
  readonly quota?: QuotaSpec;
  /** Allowed CPUs; all by default. */
  readonly cpus?: readonly number[];
}

export interface ContainerSpec extends GroupSpec {
  readonly reservedCores?: number;
  readonly workloads: readonly Workload[];
}

export interface QuotaSpec {
  readonly quotaNs: number;
  /** 100 ms by default. */
  readonly periodNs?: number;
}

interface WorkloadBase {
  /** Allowed CPUs of the i-th thread, within the container's. */
  readonly pins?: readonly (readonly number[])[];
  /** Run and pause lengths vary evenly within mean x (1 +- jitter). 0 by default. */
  readonly jitter?: number;
}

export type Workload = WorkloadBase &
  (
    | { readonly kind: 'spin'; readonly threads: number }
    /** Runs `burstNs` at the start of each period; `together`: all threads at the same moments. */
    | {
        readonly kind: 'cycle';
        readonly threads: number;
        readonly periodNs: number;
        readonly burstNs: number;
        readonly phaseNs?: number;
        readonly together?: boolean;
      }
    /** All burn `workNs` and meet; the last to arrive wakes the others. */
    | { readonly kind: 'barrier'; readonly threads: number; readonly workNs: number }
    /** Thread 0 burns `serialNs` alone, then wakes the others; all burn `parallelNs`; the last one wakes thread 0. */
    | {
        readonly kind: 'fork_join';
        readonly threads: number;
        readonly serialNs: number;
        readonly parallelNs: number;
      }
    /** Thread i burns `workNs` for each token and hands the token to thread i+1; a ring. */
    | {
        readonly kind: 'pipeline';
        readonly threads: number;
        readonly workNs: number;
        readonly tokens: number;
      }
    /** Each burns `outsideNs` without and `insideNs` with one lock, handed on in order of arrival. */
    | {
        readonly kind: 'lock';
        readonly threads: number;
        readonly outsideNs: number;
        readonly insideNs: number;
      }
    /** A parent starts `children` short-lived threads each period. */
    | {
        readonly kind: 'churn';
        readonly children: number;
        readonly periodNs: number;
        readonly burstNs: number;
      }
  );

/** The hypervisor takes `cpu` away for about `lengthNs` out of every `periodNs`. */
export interface StealSpec {
  readonly cpu: number;
  readonly periodNs: number;
  readonly lengthNs: number;
  readonly jitter?: number;
}

export interface Scheduling {
  readonly sliceNs: number;
  /** Chance that a waking thread looks for an idle CPU when its last one is busy. */
  readonly findIdle: number;
  /** Chance that a waking thread which found no idle CPU stays on its last one. */
  readonly stayPut: number;
  /** Chance that a CPU falling idle pulls a waiting thread. */
  readonly pullWhenIdle: number;
  readonly balanceEveryNs: number;
  /** Chance, at each balancing, that a random waiting thread moves although nothing asks for it. */
  readonly randomMove: number;
}

export const defaultScheduling: Scheduling = {
  sliceNs: 3_000_000,
  findIdle: 0.9,
  stayPut: 0.7,
  pullWhenIdle: 0.9,
  balanceEveryNs: 8_000_000,
  randomMove: 0.05,
};

export interface Emission {
  readonly cgroupVersion: 'v1' | 'v2' | 'hybrid';
  /** CONFIG_HZ: PSI weighs CPUs by whole jiffies. */
  readonly jiffyNs: number;
  /** Run time of a running thread shows in the files only up to its CPU's last tick. 0: exactly. */
  readonly accountingTickNs: number;
  /** Time that passes while the files of one cgroup are read. */
  readonly readNs: number;
  readonly pressure: boolean;
  readonly threads: boolean;
}

export const defaultEmission: Emission = {
  cgroupVersion: 'v2',
  jiffyNs: 4_000_000,
  accountingTickNs: 0,
  readNs: 0,
  pressure: true,
  threads: true,
};

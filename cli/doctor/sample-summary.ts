/** What one reading with the measuring code itself got from this host. Pure. */
import type { CgroupSample, CgroupVersion, Sample } from '../../kernel/sample.ts';

export interface SampleSummary {
  readonly cgroupVersion: CgroupVersion;
  readonly onlineCpuCount: number;
  readonly containerCount: number;
  readonly reservedCount: number;
  /** Of the containers, how many gave each kind of data. */
  readonly withUsage: number;
  readonly withPressure: number;
  readonly withThrottledSelf: number;
  readonly withIdle: number;
  readonly withBurst: number;
  readonly withWeight: number;
  readonly withCpuset: number;
  readonly threadCount: number;
  readonly threadsUnread: number;
  /** Cgroups above containers whose cpuset is narrower than the online CPUs. */
  readonly narrowedAncestors: readonly string[];
  readonly failures: readonly { readonly collector: string; readonly count: number; readonly last: string }[];
}

export function summariseSample(sample: Sample): SampleSummary {
  const paths = new Set(sample.containers.map(({ path }) => path));
  const containers = sample.cgroups.filter(({ path }) => paths.has(path));
  const count = (has: (cgroup: CgroupSample) => boolean): number => containers.filter(has).length;
  const online = sample.host.online.cpus.length;
  return {
    cgroupVersion: sample.host.cgroupVersion,
    onlineCpuCount: online,
    containerCount: sample.containers.length,
    reservedCount: sample.containers.filter(({ reservation }) => reservation !== undefined).length,
    withUsage: count(({ usageNs }) => usageNs !== undefined),
    withPressure: count(({ pressure }) => pressure !== undefined),
    withThrottledSelf: count(({ throttledSelfNs }) => throttledSelfNs !== undefined),
    withIdle: count(({ idle }) => idle !== undefined),
    withBurst: count(({ bandwidth }) => bandwidth?.bursts !== undefined),
    withWeight: count(({ weight }) => weight !== undefined),
    withCpuset: count(({ allowedCpus }) => allowedCpus !== undefined),
    threadCount: containers.reduce((sum, { threads }) => sum + (threads?.tids.length ?? 0), 0),
    threadsUnread: containers.reduce((sum, { threads }) => sum + (threads?.unread ?? 0), 0),
    narrowedAncestors: sample.cgroups
      .filter(({ path, allowedCpus }) => !paths.has(path) && (allowedCpus?.cpus.length ?? online) < online)
      .map(({ path }) => path),
    failures: sample.collectors
      .filter(({ failures }) => failures > 0)
      .map(({ name, failures, lastFailure }) => ({
        collector: name,
        count: failures,
        last: lastFailure ?? 'no detail',
      })),
  };
}

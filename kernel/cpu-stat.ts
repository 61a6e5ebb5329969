/**
 * `cpu.stat` and `cpu.stat.local` of a cgroup.
 *
 * v2 (Documentation/admin-guide/cgroup-v2.rst, "CPU Interface Files"), microseconds. Without the cpu controller only
 * the first lines are there; some, like nice_usec, depend on the kernel's version and build:
 *
 *     usage_usec 121103063
 *     user_usec 95058363
 *     system_usec 26044699
 *     nice_usec 0
 *     core_sched.force_idle_usec 0
 *     nr_periods 10
 *     nr_throttled 2
 *     throttled_usec 100000
 *     nr_bursts 0
 *     burst_usec 0
 *
 * v1 (Documentation/scheduler/sched-bwc.rst), nanoseconds; bursts from Linux 5.14; wait_sum from Linux 4.19, below
 * the root and only while kernel.sched_schedstats is 1:
 *
 *     nr_periods 10
 *     nr_throttled 2
 *     throttled_time 100000000
 *     wait_sum 22000000
 *     nr_bursts 0
 *     burst_time 0
 *
 * `cpu.stat.local` (Linux 6.6, kernel/sched/core.c cpu_local_stat_show): one line, `throttled_usec N` on v2 and
 * `throttled_time N`, nanoseconds, on v1. On a v2 hierarchy without the cpu controller the file is there and empty.
 */
import { keyedCount, keyedCounter, required } from './flat-keyed.ts';
import { missingLine } from './lines.ts';
import type { BandwidthCounters } from './sample.ts';

export interface CpuStatV2 {
  readonly usageNs: bigint;
  readonly userNs?: bigint;
  readonly systemNs?: bigint;
  /** Absent where the hierarchy has no cpu controller. */
  readonly bandwidth?: BandwidthCounters;
}

export interface CpuStatV1 {
  readonly bandwidth: BandwidthCounters;
  /** Absent unless kernel.sched_schedstats is 1. */
  readonly waitSumNs?: bigint;
}

/** What the two versions call the same thing. */
interface TimeKeys {
  readonly throttled: string;
  readonly burst: string;
  readonly nsPerUnit: bigint;
}

const keysV2: TimeKeys = { throttled: 'throttled_usec', burst: 'burst_usec', nsPerUnit: 1000n };
const keysV1: TimeKeys = { throttled: 'throttled_time', burst: 'burst_time', nsPerUnit: 1n };

/** What may be absent is set field by field: spreading it would cost more than parsing, in every cgroup at every tick. */
type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** Parses a v2 `cpu.stat`: usage_usec must be there. Throws KernelTextError. */
export function parseCpuStatV2(text: string, path: string): CpuStatV2 {
  const stat: Draft<CpuStatV2> = {
    usageNs: required(keyedNs(text, path, 'usage_usec', 1000n), text, path, 'usage_usec'),
  };
  const userNs = keyedNs(text, path, 'user_usec', 1000n);
  if (userNs !== undefined) stat.userNs = userNs;
  const systemNs = keyedNs(text, path, 'system_usec', 1000n);
  if (systemNs !== undefined) stat.systemNs = systemNs;
  const bandwidth = parseBandwidth(text, path, keysV2);
  if (bandwidth !== undefined) stat.bandwidth = bandwidth;
  return stat;
}

/** Parses a v1 `cpu.stat`: the bandwidth counters must be there. Throws KernelTextError. */
export function parseCpuStatV1(text: string, path: string): CpuStatV1 {
  const waitSumNs = keyedCounter(text, path, 'wait_sum');
  return {
    bandwidth: required(parseBandwidth(text, path, keysV1), text, path, 'nr_periods'),
    ...(waitSumNs !== undefined && { waitSumNs }),
  };
}

/** Nanoseconds throttled by this cgroup or an ancestor, from a `cpu.stat.local` of either version. Throws KernelTextError. */
export function parseCpuStatLocal(text: string, path: string): bigint {
  const throttledNs =
    keyedNs(text, path, keysV2.throttled, keysV2.nsPerUnit) ?? keyedCounter(text, path, keysV1.throttled);
  if (throttledNs !== undefined) return throttledNs;
  throw missingLine('a line "throttled_usec NUMBER" or "throttled_time NUMBER"', text, path);
}

/** Undefined without nr_periods; with it, its companions must be there, but not the bursts that came later. */
function parseBandwidth(text: string, path: string, keys: TimeKeys): BandwidthCounters | undefined {
  const periods = keyedCount(text, path, 'nr_periods');
  if (periods === undefined) return undefined;
  const throttledNs = keyedNs(text, path, keys.throttled, keys.nsPerUnit);
  const bursts = keyedCount(text, path, 'nr_bursts');
  const burstNs = keyedNs(text, path, keys.burst, keys.nsPerUnit);
  const counters: Draft<BandwidthCounters> = {
    periods,
    throttledPeriods: required(keyedCount(text, path, 'nr_throttled'), text, path, 'nr_throttled'),
    throttledNs: required(throttledNs, text, path, keys.throttled),
  };
  if (bursts !== undefined) counters.bursts = bursts;
  if (burstNs !== undefined) counters.burstNs = burstNs;
  return counters;
}

function keyedNs(text: string, path: string, key: string, nsPerUnit: bigint): bigint | undefined {
  const value = keyedCounter(text, path, key);
  return value === undefined ? undefined : value * nsPerUnit;
}

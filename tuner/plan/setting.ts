/** One value of one control file of a cgroup: what the tuner reads, wants, writes and gives back. */
import { cpuSetEquals, type CpuSet } from '../../kernel/cpu-set.ts';
import type { CpuWeight } from '../../kernel/sample.ts';

export type Setting =
  | { readonly knob: 'weight'; readonly weight: CpuWeight }
  /** cpu.max, or cpu.cfs_quota_us and cpu.cfs_period_us together. */
  | { readonly knob: 'quota'; readonly quotaUsec: number | 'max'; readonly periodUsec: number }
  | { readonly knob: 'burst'; readonly burstUsec: number }
  | { readonly knob: 'idle'; readonly idle: boolean }
  /** cpuset.cpus as configured; the empty set on v2 is "as the parent". */
  | { readonly knob: 'cpus'; readonly cpus: CpuSet }
  | { readonly knob: 'partition'; readonly partition: 'member' | 'root' | 'isolated' };

export type Knob = Setting['knob'];

export const knobs: readonly Knob[] = ['idle', 'weight', 'quota', 'burst', 'cpus', 'partition'];

/** Whether two values of one knob are the same; values of different knobs never are. */
export function sameSetting(a: Setting, b: Setting): boolean {
  if (a.knob === 'cpus') return b.knob === 'cpus' && cpuSetEquals(a.cpus, b.cpus);
  return JSON.stringify(a) === JSON.stringify(b);
}

/** One value of one control file of a cgroup: what the tuner reads, wants, writes and gives back. */
import { formatCpuSet, type CpuSet } from '../../kernel/cpu-set.ts';
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
  return formatSetting(a) === formatSetting(b);
}

/** One setting in one line, for people and for comparing: `weight 100`, `quota 50000 of 100000 us`, `cpus 0-3`. */
export function formatSetting(setting: Setting): string {
  switch (setting.knob) {
    case 'weight':
      return setting.weight.kind === 'weight'
        ? `weight ${setting.weight.weight}`
        : `shares ${setting.weight.shares}`;
    case 'quota':
      return `quota ${setting.quotaUsec} of ${setting.periodUsec} us`;
    case 'burst':
      return `burst ${setting.burstUsec} us`;
    case 'idle':
      return setting.idle ? 'idle class' : 'normal class';
    case 'cpus':
      return setting.cpus.cpus.length === 0 ? "cpus as the parent's" : `cpus ${formatCpuSet(setting.cpus)}`;
    case 'partition':
      return `partition ${setting.partition}`;
  }
}

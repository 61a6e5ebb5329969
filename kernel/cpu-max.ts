/**
 * The quota of a cgroup. All in microseconds.
 *
 * v2 `cpu.max` (Documentation/admin-guide/cgroup-v2.rst), quota and period, and `cpu.max.burst` (Linux 5.14):
 *
 *     max 100000
 *
 *     0
 *
 * v1 `cpu.cfs_quota_us`, where -1 is no quota, `cpu.cfs_period_us` and `cpu.cfs_burst_us`
 * (Documentation/scheduler/sched-bwc.rst):
 *
 *     -1
 *
 *     100000
 */
import { parseWhole } from './decimal.ts';
import { KernelTextError } from './kernel-text-error.ts';
import { onlyLine } from './lines.ts';
import type { CpuQuota } from './sample.ts';

/** Parses v2 `cpu.max`. Throws KernelTextError. */
export function parseCpuMax(text: string, path: string): CpuQuota {
  const line = onlyLine(text);
  const [quota, period, ...rest] = line.split(' ');
  if (quota === undefined || period === undefined || rest.length > 0) {
    throw new KernelTextError(path, 1, '"QUOTA PERIOD" in microseconds', line);
  }
  return {
    quotaUsec: quota === 'max' ? 'max' : parseWhole(quota, path, 1),
    periodUsec: parseWhole(period, path, 1, 1),
  };
}

/** Parses v2 `cpu.max.burst` or v1 `cpu.cfs_burst_us`: microseconds. Throws KernelTextError. */
export function parseCpuMaxBurst(text: string, path: string): number {
  return parseWhole(onlyLine(text), path, 1);
}

/** Parses v1 `cpu.cfs_quota_us` and `cpu.cfs_period_us`. Throws KernelTextError with the path of the wrong one. */
export function parseCfsQuota(
  quotaText: string,
  periodText: string,
  quotaPath: string,
  periodPath: string,
): CpuQuota {
  const quota = onlyLine(quotaText);
  return {
    quotaUsec: quota === '-1' ? 'max' : parseWhole(quota, quotaPath, 1),
    periodUsec: parseWhole(onlyLine(periodText), periodPath, 1, 1),
  };
}

/** The text to write to `cpu.max`, without newline. The burst has its own file. */
export function formatCpuMax(quota: CpuQuota): string {
  return `${quota.quotaUsec} ${quota.periodUsec}`;
}

/** The CPUs that the quota allows, or undefined without one. */
export function quotaCores(quota: CpuQuota): number | undefined {
  return quota.quotaUsec === 'max' ? undefined : quota.quotaUsec / quota.periodUsec;
}

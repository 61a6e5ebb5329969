/** A second witness: the usage counter of a cgroup, read and understood apart from the samples. */
import { readFileSync } from 'node:fs';
import type { CgroupLayout } from '../../host/cgroup-layout.ts';

/** CPU-seconds since the cgroup was made; undefined where it cannot be read. */
export function readUsageCounter(layout: CgroupLayout, path: string): number | undefined {
  const [file, line, perSecond] =
    layout.version === 'v2'
      ? ([`${layout.cpu}${path}/cpu.stat`, /^usage_usec ([0-9]+)$/m, 1e6] as const)
      : ([`${layout.cpuacct}${path}/cpuacct.usage`, /^([0-9]+)$/m, 1e9] as const);
  try {
    const digits = line.exec(readFileSync(file, 'utf8'))?.[1];
    return digits === undefined ? undefined : Number(digits) / perSecond;
  } catch {
    return undefined;
  }
}

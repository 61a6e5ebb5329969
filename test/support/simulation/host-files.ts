/**
 * A Sample as the files that would say it, laid out below one folder as proc/, sys/ and cgroup/: what the sample reader
 * reads must be that Sample again. Writing the next one of the same host over it keeps inodes, as a kernel would.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HostRoots } from '../../../host/roots.ts';
import { formatCpuMax } from '../../../kernel/cpu-max.ts';
import { formatCpuSet } from '../../../kernel/cpu-set.ts';
import type { CgroupSample, CgroupVersion, CpuTimes, Pressure, Sample } from '../../../kernel/sample.ts';

export type HostFiles = ReadonlyMap<string, string>;

const nsPerUsec = 1000n;
const nsPerTick = 10_000_000n;

const pressureText = ({ someNs, fullNs = 0n }: Pressure): string =>
  [someNs, fullNs]
    .map((ns, i) => `${['some', 'full'][i]} avg10=0.00 avg60=0.00 avg300=0.00 total=${ns / nsPerUsec}\n`)
    .join('');

const keyed = (entries: Readonly<Record<string, bigint | number>>): string =>
  Object.entries(entries)
    .map(([key, value]) => `${key} ${value}\n`)
    .join('');

const threadList = (cgroup: CgroupSample): string =>
  [...(cgroup.threads?.tids ?? [])].map((tid) => `${tid}\n`).join('');

type CgroupText = Readonly<Record<string, string>>;

const quotaOf = (cgroup: CgroupSample): NonNullable<CgroupSample['quota']> =>
  cgroup.quota ?? { quotaUsec: 'max', periodUsec: 100_000 };

const v2Files = (cgroup: CgroupSample): CgroupText => {
  const { usageNs = 0n, bandwidth, throttledSelfNs = 0n, weight, pressure } = cgroup;
  const usageUsec = usageNs / nsPerUsec;
  return {
    'cgroup/cpu.stat': keyed({
      usage_usec: usageUsec,
      user_usec: usageUsec,
      system_usec: 0,
      nr_periods: bandwidth?.periods ?? 0,
      nr_throttled: bandwidth?.throttledPeriods ?? 0,
      throttled_usec: (bandwidth?.throttledNs ?? 0n) / nsPerUsec,
    }),
    'cgroup/cpu.stat.local': keyed({ throttled_usec: throttledSelfNs / nsPerUsec }),
    'cgroup/cpu.weight': `${weight?.kind === 'weight' ? weight.weight : 100}\n`,
    'cgroup/cpu.max': `${formatCpuMax(quotaOf(cgroup))}\n`,
    'cgroup/cpuset.cpus.effective': `${formatCpuSet(cgroup.allowedCpus ?? { cpus: [] })}\n`,
    'cgroup/cgroup.threads': threadList(cgroup),
    ...(pressure && { 'cgroup/cpu.pressure': pressureText(pressure) }),
  };
};

const v1Files = (cgroup: CgroupSample): CgroupText => {
  const { usageNs = 0n, bandwidth, throttledSelfNs = 0n, weight, pressure } = cgroup;
  const quota = quotaOf(cgroup);
  return {
    'cgroup/cpuacct/cpuacct.usage': `${usageNs}\n`,
    'cgroup/cpu/cpu.stat': keyed({
      nr_periods: bandwidth?.periods ?? 0,
      nr_throttled: bandwidth?.throttledPeriods ?? 0,
      throttled_time: bandwidth?.throttledNs ?? 0n,
    }),
    'cgroup/cpu/cpu.stat.local': keyed({ throttled_time: throttledSelfNs }),
    'cgroup/cpu/cpu.shares': `${weight?.kind === 'shares' ? weight.shares : 1024}\n`,
    'cgroup/cpu/cpu.cfs_period_us': `${quota.periodUsec}\n`,
    'cgroup/cpu/cpu.cfs_quota_us': `${quota.quotaUsec === 'max' ? -1 : quota.quotaUsec}\n`,
    'cgroup/cpu/tasks': threadList(cgroup),
    'cgroup/cpuset/cpuset.effective_cpus': `${formatCpuSet(cgroup.allowedCpus ?? { cpus: [] })}\n`,
    ...(pressure && {
      'cgroup/unified/cpu.pressure': pressureText(pressure),
      'cgroup/unified/cgroup.events': 'populated 1\nfrozen 0\n',
    }),
  };
};

const markers: Readonly<Record<CgroupVersion, CgroupText>> = {
  v2: { 'cgroup/cgroup.controllers': 'cpuset cpu\n' },
  v1: {},
  hybrid: { 'cgroup/unified/cgroup.controllers': '\n' },
};

const cpuLine = (times: CpuTimes): string => {
  const { userNs, niceNs, systemNs, idleNs, iowaitNs, irqNs, softirqNs, stealNs } = times;
  const columns = [userNs, niceNs, systemNs, idleNs, iowaitNs, irqNs, softirqNs, stealNs, 0n, 0n];
  return `cpu${times.cpu} ${columns.map((ns) => ns / nsPerTick).join(' ')}\n`;
};

function* threadFiles({ threads }: CgroupSample): Iterable<readonly [string, string]> {
  if (!threads) return;
  for (const [i, tid] of threads.tids.entries()) {
    const columns = [threads.runNs[i], threads.runDelayNs[i], threads.timeslices[i]];
    yield [`proc/${tid}/schedstat`, `${columns.join(' ')}\n`];
  }
}

/** Relative path -> text. */
export const formatHostFiles = (sample: Sample): HostFiles => {
  const { cgroupVersion, cpus, online, kernelRelease } = sample.host;
  const files = new Map(Object.entries(markers[cgroupVersion]));
  files.set('proc/stat', `cpu  0 0 0 0 0 0 0 0 0 0\n${cpus.map(cpuLine).join('')}btime 1\n`);
  files.set('sys/devices/system/cpu/online', `${formatCpuSet(online)}\n`);
  if (kernelRelease !== undefined) files.set('proc/sys/kernel/osrelease', `${kernelRelease}\n`);
  for (const cgroup of sample.cgroups) {
    const texts = cgroupVersion === 'v2' ? v2Files(cgroup) : v1Files(cgroup);
    for (const [name, text] of Object.entries(texts)) {
      files.set(`${dirname(name)}${cgroup.path}/${name.slice(dirname(name).length + 1)}`, text);
    }
    for (const [name, text] of threadFiles(cgroup)) files.set(name, text);
  }
  return files;
};

/** Writes the files below `folder`; those of an earlier sample are overwritten in place. */
export const writeHostFiles = (sample: Sample, folder: string): HostRoots => {
  for (const [name, text] of formatHostFiles(sample)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return { proc: join(folder, 'proc'), sys: join(folder, 'sys'), cgroup: join(folder, 'cgroup') };
};

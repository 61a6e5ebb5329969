/**
 * Which files of a cgroup say what, per cgroup version. A row names the hierarchy, the file, how its text is parsed
 * and which fields of a CgroupSample it fills. Counters are read every tick, the usage first; settings less often.
 */
import type { CgroupLayout } from './cgroup-layout.ts';
import { remembering } from './remembering.ts';
import { parseCfsQuota, parseCpuMax, parseCpuMaxBurst } from '../kernel/cpu-max.ts';
import { parseCpuSet } from '../kernel/cpu-set.ts';
import { parseCpuStatLocal, parseCpuStatV1, parseCpuStatV2 } from '../kernel/cpu-stat.ts';
import { parseCpuIdle, parseCpuShares, parseCpuWeight } from '../kernel/cpu-weight.ts';
import { parseCpuacctUsage } from '../kernel/cpuacct.ts';
import { keyedCounter } from '../kernel/flat-keyed.ts';
import { parsePressure } from '../kernel/pressure.ts';
import type { CgroupSample, CgroupVersion } from '../kernel/sample.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export type SampleDraft = Writable<CgroupSample>;

export type SettingsDraft = Writable<Pick<CgroupSample, 'weight' | 'idle' | 'quota' | 'allowedCpus'>> & {
  /** False: no process is in this cgroup of the hierarchy that has the pressure, or below it. */
  isPressurePopulated?: boolean;
};

type Hierarchy = 'cpu' | 'cpuacct' | 'cpuset' | 'pressure';

/** Fills fields from the text of a file. Throws KernelTextError. */
export type TakeText<Draft> = (text: string, path: string, into: Draft) => void;

export interface CgroupFile<Draft> {
  readonly hierarchy: Hierarchy;
  readonly name: string;
  /** Makes a taker for one cgroup's file: it remembers what it parsed, because most texts are as a tick ago. */
  readonly taker: () => TakeText<Draft>;
}

function fileOf<Draft>(): <Value>(
  hierarchy: Hierarchy,
  name: string,
  parse: (text: string, path: string) => Value,
  put: (value: Value, into: Draft) => void,
) => CgroupFile<Draft> {
  return (hierarchy, name, parse, put) => ({ hierarchy, name, taker: () => takerOf(parse, put) });
}

function takerOf<Value, Draft>(
  parse: (text: string, path: string) => Value,
  put: (value: Value, into: Draft) => void,
): TakeText<Draft> {
  const value = remembering(parse);
  return (text, path, into) => {
    put(value(text, path), into);
  };
}

const counter = fileOf<SampleDraft>();
const setting = fileOf<SettingsDraft>();

const usageV1 = counter('cpuacct', 'cpuacct.usage', parseCpuacctUsage, (usageNs, into) => {
  into.usageNs = usageNs;
});
const statV1 = counter('cpu', 'cpu.stat', parseCpuStatV1, ({ bandwidth, waitSumNs }, into) => {
  into.bandwidth = bandwidth;
  if (waitSumNs !== undefined) into.waitSumNs = waitSumNs;
});
const statV2 = counter('cpu', 'cpu.stat', parseCpuStatV2, ({ usageNs, bandwidth }, into) => {
  into.usageNs = usageNs;
  if (bandwidth) into.bandwidth = bandwidth;
});

/** The file is empty where the cpu controller is not enabled for this cgroup. */
const statLocal = counter(
  'cpu',
  'cpu.stat.local',
  (text, path) => (text === '' ? undefined : parseCpuStatLocal(text, path)),
  (throttledNs, into) => {
    if (throttledNs !== undefined) into.throttledSelfNs = throttledNs;
  },
);
const pressure = counter('pressure', 'cpu.pressure', parsePressure, (value, into) => {
  into.pressure = value;
});

const idle = setting('cpu', 'cpu.idle', parseCpuIdle, (value, into) => {
  into.idle = value;
});

/** Nobody can run in an empty set: on v1 its threads are elsewhere in the cpuset hierarchy, and where is not known. */
const allowedCpus = (name: string): CgroupFile<SettingsDraft> =>
  setting('cpuset', name, parseCpuSet, (cpus, into) => {
    if (cpus.cpus.length > 0) into.allowedCpus = cpus;
  });

const settingsV1: readonly CgroupFile<SettingsDraft>[] = [
  setting('cpu', 'cpu.shares', parseCpuShares, (weight, into) => {
    into.weight = weight;
  }),
  idle,
  setting(
    'cpu',
    'cpu.cfs_period_us',
    (text, path) => parseCfsQuota('-1', text, path, path),
    (quota, into) => {
      into.quota = quota;
    },
  ),
  setting(
    'cpu',
    'cpu.cfs_quota_us',
    (text, path) => parseCfsQuota(text, '100000', path, path),
    ({ quotaUsec }, into) => {
      if (into.quota) into.quota = { quotaUsec, periodUsec: into.quota.periodUsec };
    },
  ),
  setting('cpu', 'cpu.cfs_burst_us', parseCpuMaxBurst, putBurst),
  allowedCpus('cpuset.effective_cpus'),
];

const settingsV2: readonly CgroupFile<SettingsDraft>[] = [
  setting('cpu', 'cpu.weight', parseCpuWeight, (weight, into) => {
    into.weight = weight;
  }),
  idle,
  setting('cpu', 'cpu.max', parseCpuMax, (quota, into) => {
    into.quota = quota;
  }),
  setting('cpu', 'cpu.max.burst', parseCpuMaxBurst, putBurst),
  allowedCpus('cpuset.cpus.effective'),
];

function putBurst(burstUsec: number, into: SettingsDraft): void {
  if (into.quota) into.quota = { ...into.quota, burstUsec };
}

/**
 * Beside v1, processes may be in a cgroup of the cpu hierarchy and not in the one of the same path that has PSI: its
 * zeros are then nobody's. cgroup.events: `populated 0` (Documentation/admin-guide/cgroup-v2.rst).
 */
const populated = setting(
  'pressure',
  'cgroup.events',
  (text, path) => keyedCounter(text, path, 'populated') !== 0n,
  (isPopulated, into) => {
    into.isPressurePopulated = isPopulated;
  },
);

export interface CgroupFiles {
  /** The received CPU time, for every cgroup, and on v2 the quota's counters. */
  readonly usage: CgroupFile<SampleDraft>;
  /** The quota's counters, where they are apart. */
  readonly bandwidth: CgroupFile<SampleDraft> | undefined;
  /** Moves only where a quota is in force, at the cgroup or above. */
  readonly throttling: CgroupFile<SampleDraft>;
  readonly pressure: CgroupFile<SampleDraft>;
  readonly settings: readonly CgroupFile<SettingsDraft>[];
  /** The list of the cgroup's own threads, in the cpu hierarchy. */
  readonly threadList: string;
}

const v1: CgroupFiles = {
  usage: usageV1,
  bandwidth: statV1,
  throttling: statLocal,
  pressure,
  settings: settingsV1,
  threadList: 'tasks',
};

export const cgroupFiles: Readonly<Record<CgroupVersion, CgroupFiles>> = {
  v1,
  hybrid: { ...v1, settings: [...settingsV1, populated] },
  v2: {
    usage: statV2,
    bandwidth: undefined,
    throttling: statLocal,
    pressure,
    settings: settingsV2,
    threadList: 'cgroup.threads',
  },
};

/** Path of a file of the cgroup; undefined where the layout has no such hierarchy. */
export function cgroupFilePath(
  layout: CgroupLayout,
  file: { readonly hierarchy: Hierarchy; readonly name: string },
  cgroupPath: string,
): string | undefined {
  const root = layout[file.hierarchy];
  return root === undefined ? undefined : `${root}${cgroupPath}/${file.name}`;
}

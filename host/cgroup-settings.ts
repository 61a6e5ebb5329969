/** CPU settings of a cgroup, as the texts to write to its control files and what must then stand there. Pure. */
import { formatCpuMax, parseCpuMax, parseCpuMaxBurst } from '../kernel/cpu-max.ts';
import { cpuSetEquals, formatCpuSet, parseCpuSet, type CpuSet } from '../kernel/cpu-set.ts';
import { parseCpuIdle, parseCpuShares, parseCpuWeight } from '../kernel/cpu-weight.ts';
import type { CgroupVersion, CpuQuota, CpuWeight } from '../kernel/sample.ts';

/** What to set; what is absent stays as it is. */
export interface CgroupSettings {
  readonly weight?: CpuWeight;
  readonly quota?: CpuQuota;
  readonly allowedCpus?: CpuSet;
  readonly idle?: boolean;
}

/** One file to write. */
export interface ControlWrite {
  readonly controller: 'cpu' | 'cpuset';
  readonly file: string;
  readonly text: string;
  /** Whether what was read back is the wanted value; throws KernelTextError when it is no value at all. */
  readonly holds: (readBack: string, path: string) => boolean;
}

/** The writes for what `settings` names, in an order that is valid whatever was set before. */
export function planControlWrites(version: CgroupVersion, settings: CgroupSettings): readonly ControlWrite[] {
  const { weight, quota, allowedCpus, idle } = settings;
  return [
    // A group that is idle takes no weight, so leaving idle comes first and entering it last.
    ...(idle === false ? [idleWrite(idle)] : []),
    ...(weight ? [weightWrite(weight)] : []),
    ...(quota ? (version === 'v2' ? quotaWritesV2(quota) : quotaWritesV1(quota)) : []),
    ...(allowedCpus ? [cpusetWrite(allowedCpus)] : []),
    ...(idle === true ? [idleWrite(idle)] : []),
  ];
}

function weightWrite(weight: CpuWeight): ControlWrite {
  return weight.kind === 'shares'
    ? {
        controller: 'cpu',
        file: 'cpu.shares',
        text: String(weight.shares),
        holds: (text, path) => sameValue(parseCpuShares(text, path), weight),
      }
    : {
        controller: 'cpu',
        file: 'cpu.weight',
        text: String(weight.weight),
        holds: (text, path) => sameValue(parseCpuWeight(text, path), weight),
      };
}

function idleWrite(idle: boolean): ControlWrite {
  return {
    controller: 'cpu',
    file: 'cpu.idle',
    text: idle ? '1' : '0',
    holds: (text, path) => parseCpuIdle(text, path) === idle,
  };
}

/** No quota in between: a period may only change to one that the quota fits. */
function quotaWritesV1({ quotaUsec, periodUsec, burstUsec }: CpuQuota): readonly ControlWrite[] {
  const noQuota = numberWrite('cpu.cfs_quota_us', -1);
  return [
    ...(burstUsec === undefined ? [] : [numberWrite('cpu.cfs_burst_us', 0)]),
    noQuota,
    numberWrite('cpu.cfs_period_us', periodUsec),
    ...(quotaUsec === 'max' ? [] : [numberWrite('cpu.cfs_quota_us', quotaUsec)]),
    ...(burstUsec === undefined ? [] : [numberWrite('cpu.cfs_burst_us', burstUsec)]),
  ];
}

function quotaWritesV2(quota: CpuQuota): readonly ControlWrite[] {
  const { quotaUsec, periodUsec, burstUsec } = quota;
  const burst = (usec: number): ControlWrite => ({
    controller: 'cpu',
    file: 'cpu.max.burst',
    text: String(usec),
    holds: (text, path) => parseCpuMaxBurst(text, path) === usec,
  });
  return [
    ...(burstUsec === undefined ? [] : [burst(0)]),
    {
      controller: 'cpu',
      file: 'cpu.max',
      text: formatCpuMax(quota),
      holds: (text, path) => sameValue(parseCpuMax(text, path), { quotaUsec, periodUsec }),
    },
    ...(burstUsec === undefined ? [] : [burst(burstUsec)]),
  ];
}

function numberWrite(file: string, value: number): ControlWrite {
  return { controller: 'cpu', file, text: String(value), holds: (text) => text.trim() === String(value) };
}

function cpusetWrite(allowedCpus: CpuSet): ControlWrite {
  return {
    controller: 'cpuset',
    file: 'cpuset.cpus',
    text: formatCpuSet(allowedCpus),
    holds: (text, path) => cpuSetEquals(parseCpuSet(text, path), allowedCpus),
  };
}

const sameValue = (one: object, other: object): boolean => JSON.stringify(one) === JSON.stringify(other);

/** What the kernel's files of the simulated machine say now, as a Sample. */
import type {
  CgroupSample,
  ContainerRecord,
  CpuTimes,
  Pressure,
  Sample,
  ThreadsSample,
} from '../../../kernel/sample.ts';
import type { Group } from './group.ts';
import type { Machine } from './machine.ts';
import type { ContainerSpec, Emission } from './spec.ts';

export const wallTimeAtStartMs = Date.UTC(2025, 0, 1);
const startNs = 1_000_000_000_000n;
const userHzNs = 10_000_000;

export const monotonicOf = (machine: Machine): bigint => startNs + BigInt(machine.now);

/** v2 counts in microseconds, v1 in nanoseconds. */
const counted = (ns: number, emission: Emission): bigint =>
  BigInt(emission.cgroupVersion === 'v2' ? Math.floor(ns / 1000) * 1000 : ns);

const usageOf = (group: Group, machine: Machine, emission: Emission): bigint => {
  let usage = group.usageNs;
  for (const queue of group.queues) if (queue.running) usage -= machine.cpus[queue.cpu]!.unaccountedNs;
  return counted(usage, emission);
};

const threadsOf = (group: Group, machine: Machine): ThreadsSample => {
  const threads = [...group.threads];
  const runNs = threads.map((thread) => {
    const cpu = machine.cpus[thread.cpu]!;
    return thread.runNs - (cpu.current === thread ? cpu.unaccountedNs : 0);
  });
  return {
    monotonicNs: monotonicOf(machine),
    tids: Uint32Array.from(threads, (thread) => thread.tid),
    runNs: BigUint64Array.from(runNs, BigInt),
    runDelayNs: BigUint64Array.from(threads, (thread) => BigInt(thread.runDelayNs)),
    timeslices: BigUint64Array.from(threads, (thread) => BigInt(thread.timeslices)),
    unread: 0,
  };
};

const pressureOf = (group: Group, machine: Machine): Pressure => {
  const { someNs, fullNs } = group.pressure.read(machine.now);
  return { someNs: BigInt(someNs), fullNs: BigInt(fullNs) };
};

const weightOf = (group: Group, emission: Emission): NonNullable<CgroupSample['weight']> =>
  emission.cgroupVersion === 'v2'
    ? { kind: 'weight', weight: Math.max(1, Math.round((group.weight * 100) / 1024)) }
    : { kind: 'shares', shares: group.weight };

/** As the reader has it: pressure and threads of containers only, pressure where a v2 hierarchy is. */
export const emitCgroup = (group: Group, machine: Machine, emission: Emission): CgroupSample => {
  const isContainer = machine.truths.has(group);
  return {
    path: group.path,
    cgroupId: BigInt(machine.groups.indexOf(group) + 100),
    monotonicNs: monotonicOf(machine),
    usageNs: usageOf(group, machine, emission),
    bandwidth: {
      periods: group.periods,
      throttledPeriods: group.throttledPeriods,
      throttledNs: counted(group.throttledNs, emission),
    },
    throttledSelfNs: counted(group.throttledSelfNs, emission),
    ...(isContainer &&
      emission.pressure &&
      emission.cgroupVersion !== 'v1' && { pressure: pressureOf(group, machine) }),
    weight: weightOf(group, emission),
    quota: {
      quotaUsec: group.quotaNs === Infinity ? 'max' : group.quotaNs / 1000,
      periodUsec: group.periodNs / 1000,
    },
    allowedCpus: { cpus: group.cpus },
    ...(isContainer && emission.threads && { threads: threadsOf(group, machine) }),
  };
};

const toTicks = (ns: number): bigint => BigInt(Math.floor(ns / userHzNs) * userHzNs);

export const emitCpus = (machine: Machine): readonly CpuTimes[] =>
  machine.cpus.map((cpu) => ({
    cpu: cpu.index,
    userNs: toTicks(cpu.userNs),
    niceNs: 0n,
    systemNs: toTicks(cpu.systemNs),
    idleNs: toTicks(cpu.idleNs),
    iowaitNs: 0n,
    irqNs: 0n,
    softirqNs: 0n,
    stealNs: toTicks(cpu.stealNs),
  }));

export const recordOf = (container: ContainerSpec): ContainerRecord => ({
  path: container.path,
  identity: { kind: 'cgroup', name: container.path.slice(container.path.lastIndexOf('/') + 1) },
  ...(container.reservedCores !== undefined && {
    reservation: { cores: container.reservedCores, source: 'simulation' },
  }),
});

export const assembleSample = (
  machine: Machine,
  began: { readonly monotonicNs: bigint; readonly wallTimeMs: number; readonly cpus: readonly CpuTimes[] },
  containers: readonly ContainerSpec[],
  cgroups: readonly CgroupSample[],
  emission: Emission,
): Sample => ({
  formatVersion: 1,
  wallTimeMs: began.wallTimeMs,
  monotonicNs: began.monotonicNs,
  host: {
    monotonicNs: began.monotonicNs,
    kernelRelease: '6.18.0-simulated',
    cgroupVersion: emission.cgroupVersion,
    online: { cpus: machine.cpus.map((cpu) => cpu.index) },
    cpus: began.cpus,
  },
  containers: containers.map(recordOf),
  cgroups,
  collectors: [],
});

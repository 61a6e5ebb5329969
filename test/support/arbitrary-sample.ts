/** Generators of Samples: any value that the types allow and the format can hold, not only likely ones. */
import { cpuSetOf, type CpuSet } from '../../kernel/cpu-set.ts';
import type {
  BandwidthCounters,
  CgroupSample,
  CollectorReport,
  ContainerIdentity,
  ContainerRecord,
  CpuQuota,
  CpuTimes,
  CpuWeight,
  ExactCounters,
  ExactHostSample,
  HostSample,
  Pressure,
  Reservation,
  RunqueueTimes,
  Sample,
  ThreadsSample,
} from '../../kernel/sample.ts';
import { fc } from './properties.ts';

const greatestU64 = 2n ** 64n - 1n;

/** Small ones, ones about 2^53, where JSON numbers end, and ones up to 64 bits. */
export const arbitraryCounter: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt(0n, 1000n),
  fc.bigInt(2n ** 53n - 3n, 2n ** 53n + 3n),
  fc.bigInt(0n, greatestU64),
);

/** Any code point, halves of surrogate pairs too. */
export const anyCodePoint: fc.Arbitrary<string> = fc.nat(0x10ffff).map((code) => String.fromCodePoint(code));

export const arbitraryCpuSet: fc.Arbitrary<CpuSet> = fc
  .array(fc.oneof(fc.nat(12), fc.nat(65_535)), { maxLength: 24 })
  .map(cpuSetOf);

const count = fc.nat();
const pathUnit = fc.constantFrom(...Array.from('abyz0189.-_:=@ \\\u00e9\u{1f4a5}'));
const cgroupPath = fc
  .array(fc.string({ unit: pathUnit, minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 })
  .map((names) => `/${names.join('/')}`);

/** An object with these fields, and Object's prototype, as the program's own objects have. */
function object<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true });
}

/** The required fields of `required`, and any choice of the fields of `optional`. */
function record<R, O>(
  required: { [K in keyof R]: fc.Arbitrary<R[K]> },
  optional: { [K in keyof O]: fc.Arbitrary<O[K]> },
): fc.Arbitrary<R & Partial<O>> {
  return fc
    .tuple(object(required), fc.record(optional, { requiredKeys: [], noNullPrototype: true }))
    .map(([must, may]) => ({ ...must, ...may }) as R & Partial<O>);
}

const pressure: fc.Arbitrary<Pressure> = record({ someNs: arbitraryCounter }, { fullNs: arbitraryCounter });

const cpuTimes: fc.Arbitrary<CpuTimes> = object({
  cpu: fc.nat(65_535),
  userNs: arbitraryCounter,
  niceNs: arbitraryCounter,
  systemNs: arbitraryCounter,
  idleNs: arbitraryCounter,
  iowaitNs: arbitraryCounter,
  irqNs: arbitraryCounter,
  softirqNs: arbitraryCounter,
  stealNs: arbitraryCounter,
});

const runqueueTimes: fc.Arbitrary<RunqueueTimes> = object({
  cpu: fc.nat(65_535),
  runNs: arbitraryCounter,
  waitNs: arbitraryCounter,
  timeslices: arbitraryCounter,
});

/** One entry per CPU, ascending, as the kernel prints them. */
function perCpu<T extends { readonly cpu: number }>(entry: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc
    .uniqueArray(entry, { selector: ({ cpu }) => cpu, maxLength: 4 })
    .map((entries) => entries.sort((a, b) => a.cpu - b.cpu));
}

const bandwidth: fc.Arbitrary<BandwidthCounters> = record(
  { periods: count, throttledPeriods: count, throttledNs: arbitraryCounter },
  { bursts: count, burstNs: arbitraryCounter },
);

const weight: fc.Arbitrary<CpuWeight> = fc.oneof(
  object({ kind: fc.constant('weight' as const), weight: fc.nat(10_000) }),
  object({ kind: fc.constant('shares' as const), shares: fc.nat(262_144) }),
);

const quota: fc.Arbitrary<CpuQuota> = record(
  { quotaUsec: fc.oneof(fc.constant('max' as const), count), periodUsec: fc.integer({ min: 1 }) },
  { burstUsec: count },
);

const threads: fc.Arbitrary<ThreadsSample> = fc
  .tuple(
    arbitraryCounter,
    fc.array(fc.tuple(fc.nat(), arbitraryCounter, arbitraryCounter, arbitraryCounter), { maxLength: 5 }),
    count,
  )
  .map(([monotonicNs, rows, unread]) => ({
    monotonicNs,
    tids: Uint32Array.from(rows, ([tid]) => tid),
    runNs: BigUint64Array.from(rows, ([, runNs]) => runNs),
    runDelayNs: BigUint64Array.from(rows, ([, , runDelayNs]) => runDelayNs),
    timeslices: BigUint64Array.from(rows, ([, , , timeslices]) => timeslices),
    unread,
  }));

const column = fc.array(arbitraryCounter, { maxLength: 40 }).map((counters) => BigUint64Array.from(counters));

const exact: fc.Arbitrary<ExactCounters> = object({
  monotonicNs: arbitraryCounter,
  createdNs: arbitraryCounter,
  runNs: arbitraryCounter,
  execNs: arbitraryCounter,
  migrations: arbitraryCounter,
  waitIdleNs: arbitraryCounter,
  waitSelfNs: arbitraryCounter,
  waitSystemNs: arbitraryCounter,
  waitOthersNs: arbitraryCounter,
  waitThrottledNs: arbitraryCounter,
  waitUnknownNs: arbitraryCounter,
  waitBesideIdleNs: arbitraryCounter,
  inducedNs: arbitraryCounter,
  inducedThrottledNs: arbitraryCounter,
  concurrencyNs: column,
  concurrencyTailNs: arbitraryCounter,
  wakeupWaits: column,
  preemptionWaits: column,
});

const idle = perCpu(object({ cpu: fc.nat(63), idleNs: arbitraryCounter }));

const exactHost: fc.Arbitrary<ExactHostSample> = record(
  {
    loadId: arbitraryCounter,
    pairs: fc.array(
      object({ victimId: arbitraryCounter, offenderId: arbitraryCounter, waitNs: arbitraryCounter }),
      { maxLength: 3 },
    ),
    losses: fc.array(object({ name: fc.string(), count: arbitraryCounter }), { maxLength: 3 }),
  },
  {
    idle,
    periods: fc.array(
      object({ idle, cgroups: fc.array(object({ cgroupId: arbitraryCounter, exact }), { maxLength: 2 }) }),
      { maxLength: 2 },
    ),
  },
);

const host: fc.Arbitrary<HostSample> = record(
  {
    monotonicNs: arbitraryCounter,
    cgroupVersion: fc.constantFrom('v1', 'v2', 'hybrid'),
    online: arbitraryCpuSet,
    cpus: perCpu(cpuTimes),
  },
  {
    bootId: fc.uuid(),
    kernelRelease: fc.string(),
    runqueues: perCpu(runqueueTimes),
    pressure,
    exact: exactHost,
  },
);

const cgroup: fc.Arbitrary<CgroupSample> = record(
  { path: cgroupPath, cgroupId: arbitraryCounter, monotonicNs: arbitraryCounter },
  {
    usageNs: arbitraryCounter,
    bandwidth,
    throttledSelfNs: arbitraryCounter,
    waitSumNs: arbitraryCounter,
    pressure,
    weight,
    idle: fc.boolean(),
    quota,
    allowedCpus: arbitraryCpuSet,
    threads,
    exact,
  },
);

const identity: fc.Arbitrary<ContainerIdentity> = record(
  {
    kind: fc.constantFrom(
      'kubernetes',
      'docker',
      'podman',
      'containerd',
      'cri-o',
      'systemd',
      'slurm',
      'apptainer',
      'cgroup',
    ),
    name: fc.string({ unit: anyCodePoint }),
  },
  {
    namespace: fc.string(),
    pod: fc.string(),
    container: fc.string(),
    podUid: fc.uuid(),
    containerId: fc.string({
      unit: fc.constantFrom(...Array.from('0123456789abcdef')),
      minLength: 64,
      maxLength: 64,
    }),
    runtime: fc.constantFrom('containerd', 'cri-o', 'docker', 'podman'),
    qosClass: fc.constantFrom('Guaranteed', 'Burstable', 'BestEffort'),
  },
);

const amount = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });

const reservation: fc.Arbitrary<Reservation> = object({ cores: amount, source: fc.string() });

const container: fc.Arbitrary<ContainerRecord> = record({ path: cgroupPath, identity }, { reservation });

const collector: fc.Arbitrary<CollectorReport> = record(
  { name: fc.string(), reads: count, failures: count, durationNs: amount },
  { lastFailure: fc.string() },
);

/** Any Sample. Its cgroups have unique paths in order; containers need not have a cgroup. */
export const arbitrarySample: fc.Arbitrary<Sample> = object({
  formatVersion: fc.constant(1 as const),
  wallTimeMs: fc.nat(2 ** 42),
  monotonicNs: arbitraryCounter,
  host,
  containers: fc.array(container, { maxLength: 4 }),
  cgroups: fc
    .uniqueArray(cgroup, { selector: ({ path }) => path, maxLength: 5 })
    .map((cgroups) => cgroups.sort((a, b) => (a.path < b.path ? -1 : 1))),
  collectors: fc.array(collector, { maxLength: 3 }),
});

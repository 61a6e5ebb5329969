/**
 * A Sample as one line of JSON, the unit of a recording. The table below says how each field is written: counters as
 * numbers while a double holds them exactly and as strings of digits beyond, CPU sets in the kernel's list format,
 * columns as arrays. It is typed by the Sample itself, so neither can gain a field without the other.
 *
 *     {"formatVersion":1,"wallTimeMs":1795307431000,"monotonicNs":2250000000000,"host":{"cgroupVersion":"v2",...},...}
 */
import { formatCpuSet, parseCpuSet, greatestCpu, type CpuSet } from './cpu-set.ts';
import { greatestU64 } from './decimal.ts';
import {
  amount,
  arrayOf,
  bigCounter,
  columnOf,
  describe,
  flag,
  objectOf,
  oneOf,
  optional,
  text,
  variantOf,
  whole,
  withRule,
  wordOr,
  type Shape,
} from './json-shape.ts';
import { KernelTextError } from './kernel-text-error.ts';
import type {
  BandwidthCounters,
  CgroupSample,
  CollectorReport,
  ContainerIdentity,
  ContainerRecord,
  CpuQuota,
  CpuTimes,
  CountedLoss,
  CpuIdle,
  CpuWeight,
  ExactCounters,
  ExactHostSample,
  ExactPeriod,
  HostSample,
  PeriodCounters,
  Pressure,
  Reservation,
  RunqueueTimes,
  Sample,
  ThreadsSample,
  WaitPair,
} from './sample.ts';

/** One line of JSON for a sample, without the newline. */
export function encodeSample(sample: Sample): string {
  return JSON.stringify(sampleShape.encode(sample));
}

/**
 * The sample in one line of a recording. Throws KernelTextError, and nothing else, on a line that is not one; it names
 * the place in the JSON. Keys that are not known are skipped.
 */
export function decodeSample(line: string, path: string, lineNumber = 1): Sample {
  return sampleShape.decode(parseJson(line, path, lineNumber), '', (at, expected, found) => {
    const place = at === '' ? '' : ` at ${at.slice(1)}`;
    throw new KernelTextError(path, lineNumber, `${expected}${place}`, found);
  });
}

function parseJson(line: string, path: string, lineNumber: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new KernelTextError(path, lineNumber, 'one whole line of JSON', line);
  }
}

const cpu = whole(0, greatestCpu);
const u64 = bigCounter(greatestU64);
/** Microseconds of 64 bits, as nanoseconds. */
const timeNs = bigCounter(greatestU64 * 1000n);
const ticksNs = bigCounter(greatestU64 * 10_000_000n);

const cpuSet: Shape<CpuSet> = {
  encode: formatCpuSet,
  decode: (json, at, refuse) => {
    if (typeof json !== 'string') return refuse(at, 'a CPU list', describe(json));
    try {
      return parseCpuSet(json);
    } catch (error) {
      if (!(error instanceof KernelTextError)) throw error;
      return refuse(at, error.expected, error.found);
    }
  },
};

const cgroupPath = withRule(text, (path) => (/^\/./s.test(path) ? undefined : 'a path below "/"'));

const u64Column = columnOf(u64, (values) => BigUint64Array.from(values));

const cpuTimes = objectOf<CpuTimes>({
  cpu,
  userNs: ticksNs,
  niceNs: ticksNs,
  systemNs: ticksNs,
  idleNs: ticksNs,
  iowaitNs: ticksNs,
  irqNs: ticksNs,
  softirqNs: ticksNs,
  stealNs: ticksNs,
});

const runqueueTimes = objectOf<RunqueueTimes>({ cpu, runNs: u64, waitNs: u64, timeslices: u64 });

const pressure = objectOf<Pressure>({ someNs: timeNs, fullNs: optional(timeNs) });

const bandwidth = objectOf<BandwidthCounters>({
  periods: whole(),
  throttledPeriods: whole(),
  throttledNs: timeNs,
  bursts: optional(whole()),
  burstNs: optional(timeNs),
});

const weight = variantOf<CpuWeight>({
  weight: objectOf({ kind: oneOf('weight'), weight: whole(0, 10_000) }),
  shares: objectOf({ kind: oneOf('shares'), shares: whole(0, 262_144) }),
});

const quota = objectOf<CpuQuota>({
  quotaUsec: wordOr('max', whole()),
  periodUsec: whole(1),
  burstUsec: optional(whole()),
});

const threads = withRule(
  objectOf<ThreadsSample>({
    monotonicNs: u64,
    tids: columnOf(whole(0, 0xffff_ffff), (values) => Uint32Array.from(values)),
    runNs: u64Column,
    runDelayNs: u64Column,
    timeslices: u64Column,
    unread: whole(),
  }),
  ({ tids, runNs, runDelayNs, timeslices }) =>
    [runNs, runDelayNs, timeslices].every((column) => column.length === tids.length)
      ? undefined
      : 'columns of one length',
);

const exact = objectOf<ExactCounters>({
  monotonicNs: u64,
  createdNs: u64,
  runNs: u64,
  execNs: u64,
  migrations: u64,
  waitIdleNs: u64,
  waitSelfNs: u64,
  waitSystemNs: u64,
  waitOthersNs: u64,
  waitThrottledNs: u64,
  waitUnknownNs: u64,
  waitBesideIdleNs: u64,
  inducedNs: u64,
  inducedThrottledNs: u64,
  concurrencyNs: u64Column,
  concurrencyTailNs: u64,
  wakeupWaits: u64Column,
  preemptionWaits: u64Column,
});

const idle = arrayOf(objectOf<CpuIdle>({ cpu, idleNs: u64 }));

const exactHost = objectOf<ExactHostSample>({
  loadId: u64,
  pairs: arrayOf(objectOf<WaitPair>({ victimId: u64, offenderId: u64, waitNs: u64 })),
  losses: arrayOf(objectOf<CountedLoss>({ name: text, count: u64 })),
  idle: optional(idle),
  periods: optional(
    arrayOf(
      objectOf<ExactPeriod>({ idle, cgroups: arrayOf(objectOf<PeriodCounters>({ cgroupId: u64, exact })) }),
    ),
  ),
});

const host = objectOf<HostSample>({
  monotonicNs: u64,
  bootId: optional(text),
  kernelRelease: optional(text),
  cgroupVersion: oneOf('v1', 'v2', 'hybrid'),
  online: cpuSet,
  cpus: arrayOf(cpuTimes),
  runqueues: optional(arrayOf(runqueueTimes)),
  pressure: optional(pressure),
  exact: optional(exactHost),
});

const cgroup = objectOf<CgroupSample>({
  path: cgroupPath,
  cgroupId: u64,
  monotonicNs: u64,
  usageNs: optional(timeNs),
  bandwidth: optional(bandwidth),
  throttledSelfNs: optional(timeNs),
  waitSumNs: optional(u64),
  pressure: optional(pressure),
  weight: optional(weight),
  idle: optional(flag),
  quota: optional(quota),
  allowedCpus: optional(cpuSet),
  threads: optional(threads),
  exact: optional(exact),
});

const identity = objectOf<ContainerIdentity>({
  kind: oneOf(
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
  name: text,
  namespace: optional(text),
  pod: optional(text),
  container: optional(text),
  podUid: optional(text),
  containerId: optional(text),
  runtime: optional(oneOf('containerd', 'cri-o', 'docker', 'podman')),
  qosClass: optional(oneOf('Guaranteed', 'Burstable', 'BestEffort')),
});

const reservation = objectOf<Reservation>({ cores: amount, source: text });

const container = objectOf<ContainerRecord>({
  path: cgroupPath,
  identity,
  reservation: optional(reservation),
});

const collector = objectOf<CollectorReport>({
  name: text,
  reads: whole(),
  failures: whole(),
  durationNs: amount,
  lastFailure: optional(text),
});

const formatVersion: Shape<1> = {
  encode: (version) => version,
  decode: (json, at, refuse) =>
    json === 1 ? 1 : refuse(at, '1, the only format of recordings that this program reads,', describe(json)),
};

const sampleShape = objectOf<Sample>({
  formatVersion,
  wallTimeMs: amount,
  monotonicNs: u64,
  host,
  containers: arrayOf(container),
  cgroups: arrayOf(cgroup),
  collectors: arrayOf(collector),
});

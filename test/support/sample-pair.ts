/** Two Samples a window apart from a few figures in seconds: rows for ledger tests. */
import { cpuSetOf } from '../../kernel/cpu-set.ts';
import type { CgroupSample, ContainerRecord, CpuTimes, Sample, ThreadsSample } from '../../kernel/sample.ts';

/** What happened to one container in the window, in seconds. */
export interface ContainerRow {
  readonly path: string;
  readonly kind?: ContainerRecord['identity']['kind'];
  readonly reserved?: number;
  readonly received?: number;
  readonly some?: number;
  /** As `some` unless given: true of a container of which no thread runs where another waits. */
  readonly full?: number;
  /** One entry per thread: [run, wait, timeslices]. */
  readonly threads?: readonly (readonly [number, number, number])[];
  /** Queue-seconds throttled by its own quota, in `throttledPeriods` of `periods`. */
  readonly throttled?: number;
  readonly throttledPeriods?: number;
  readonly periods?: number;
  readonly throttledSelf?: number;
  readonly quotaCores?: number;
  readonly allowed?: readonly number[];
  /** False for a cgroup that is only an ancestor. */
  readonly isContainer?: boolean;
}

export interface WindowRow {
  readonly seconds?: number;
  /** Per CPU: [busy, idle, steal]. */
  readonly cpus: readonly (readonly [number, number, number?])[];
  readonly containers: readonly ContainerRow[];
}

const ns = (seconds: number): bigint => BigInt(Math.round(seconds * 1e9));

/** Two years of uptime, so that every row is also a test of large counters. */
const baseNs = 63_072_000n * 1_000_000_000n;

export function samplePair(row: WindowRow): readonly [Sample, Sample] {
  return [sampleAt(row, 0), sampleAt(row, 1)];
}

function sampleAt(row: WindowRow, end: 0 | 1): Sample {
  const monotonicNs = baseNs + ns((row.seconds ?? 1) * end);
  return {
    formatVersion: 1,
    wallTimeMs: 1_800_000_000_000 + (row.seconds ?? 1) * 1000 * end,
    monotonicNs,
    host: {
      monotonicNs,
      cgroupVersion: 'v2',
      online: cpuSetOf(row.cpus.map((_, cpu) => cpu)),
      cpus: row.cpus.map(([busy, idle, steal = 0], cpu) =>
        cpuTimes(cpu, busy * end, idle * end, steal * end),
      ),
    },
    containers: row.containers
      .filter((c) => c.isContainer !== false)
      .map((c) => ({
        path: c.path,
        identity: { kind: c.kind ?? 'cgroup', name: c.path.slice(1) },
        ...(c.reserved !== undefined && { reservation: { cores: c.reserved, source: 'row' } }),
      })),
    cgroups: row.containers.map((c, i) => cgroupAt(c, BigInt(i + 10), monotonicNs, end)),
    collectors: [],
  };
}

function cpuTimes(cpu: number, busy: number, idle: number, steal: number): CpuTimes {
  const zero = { niceNs: 0n, systemNs: 0n, iowaitNs: 0n, irqNs: 0n, softirqNs: 0n };
  return { cpu, ...zero, userNs: baseNs + ns(busy), idleNs: baseNs + ns(idle), stealNs: ns(steal) };
}

function cgroupAt(c: ContainerRow, cgroupId: bigint, monotonicNs: bigint, end: 0 | 1): CgroupSample {
  const at = (seconds: number): bigint => baseNs * 64n + ns(seconds * end);
  return {
    path: c.path,
    cgroupId,
    monotonicNs,
    ...(c.received !== undefined && { usageNs: at(c.received) }),
    ...(c.some !== undefined && { pressure: { someNs: at(c.some), fullNs: at(c.full ?? c.some) } }),
    ...(c.periods !== undefined && {
      bandwidth: {
        periods: 5 + c.periods * end,
        throttledPeriods: 3 + (c.throttledPeriods ?? 0) * end,
        throttledNs: at(c.throttled ?? 0),
      },
    }),
    ...(c.throttledSelf !== undefined && { throttledSelfNs: at(c.throttledSelf) }),
    ...(c.quotaCores !== undefined && {
      quota: { quotaUsec: c.quotaCores * 100_000, periodUsec: 100_000 },
    }),
    ...(c.allowed && { allowedCpus: cpuSetOf(c.allowed) }),
    ...(c.threads && { threads: threadsAt(c.threads, monotonicNs, end) }),
  };
}

function threadsAt(
  threads: readonly (readonly [number, number, number])[],
  monotonicNs: bigint,
  end: 0 | 1,
): ThreadsSample {
  return {
    monotonicNs,
    tids: Uint32Array.from(threads, (_, i) => 1000 + i),
    runNs: BigUint64Array.from(threads, ([run]) => baseNs + ns(run * end)),
    runDelayNs: BigUint64Array.from(threads, ([, wait]) => baseNs + ns(wait * end)),
    timeslices: BigUint64Array.from(threads, ([, , slices]) => 7n + BigInt(slices * end)),
    unread: 0,
  };
}

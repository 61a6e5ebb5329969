/**
 * The files that the BPF programs pin (agent/bpf/layout.h, docs/bpf.md): a header, records of one size and a trailer, all of
 * unsigned 64-bit columns in the host's byte order. Durations are cumulative nanoseconds; times are CLOCK_MONOTONIC.
 *
 *     magic | layout version | kind | bytes per record | now | load id      records...      end magic | now
 */
import { KernelTextError } from './kernel-text-error.ts';
import type { CountedLoss, CpuIdle, ExactCounters, WaitPair } from './sample.ts';

export const bpfLayoutVersion = 1n;
const magic = 0x0000706167757063n;
const endMagic = 0x0000646e65677063n;
const headerColumns = 6;
const trailerColumns = 2;

/** Entries of the two kinds of histogram in a record of a cgroup. */
export const concurrencyEntries = 33;
export const latencyBuckets = 50;

/** Kind number of a file, and the columns of its records in order: `name` or `name[entries]`. */
export const bpfFiles = {
  cpus: {
    kind: 1n,
    columns: [
      'cpu',
      'now_ns',
      'online',
      'occupant_id',
      'idle_ns',
      'system_ns',
      'cgroup_ns',
      'offline_ns',
      'waiting_cgroups',
    ],
  },
  cgroups: {
    kind: 2n,
    columns: [
      'id',
      'created_ns',
      'removed_ns',
      'now_ns',
      'runnable',
      'run_ns',
      'exec_ns',
      'migrations',
      'wait_idle_ns',
      'wait_own_ns',
      'wait_system_ns',
      'wait_others_ns',
      'wait_throttled_ns',
      'wait_unknown_ns',
      'wait_beside_idle_ns',
      'wait_beside_idle_bound_ns',
      'induced_ns',
      'induced_count',
      'induced_throttled_ns',
      'throttled_waits',
      'tail_n_ns',
      `concurrency_ns[${concurrencyEntries}]`,
      `wakeup_waits[${latencyBuckets}]`,
      `preemption_waits[${latencyBuckets}]`,
    ],
  },
  pairs: { kind: 3n, columns: ['victim_id', 'offender_id', 'wait_ns'] },
  health: {
    kind: 4n,
    columns: [
      'cgroups_full',
      'pairs_full',
      'pairs_lost_ns',
      'queue_full',
      'threads_untracked',
      'corrections',
      'negative_n',
      'missed_switches',
      'throttle_hooks',
      'loaded_ns',
    ],
  },
  tasks: { kind: 5n, columns: ['threads', 'corrections'] },
} as const;

export type BpfFileName = keyof typeof bpfFiles;

interface Layout {
  readonly offsets: ReadonlyMap<string, number>;
  readonly width: number;
}

const layoutOf = (columns: readonly string[]): Layout => {
  const offsets = new Map<string, number>();
  let width = 0;
  for (const column of columns) {
    const [, name = column, entries = '1'] = /^(\w+)(?:\[(\d+)\])?$/.exec(column) ?? [];
    offsets.set(name, width);
    width += Number(entries);
  }
  return { offsets, width };
};

const layouts: Readonly<Record<BpfFileName, Layout>> = {
  cpus: layoutOf(bpfFiles.cpus.columns),
  cgroups: layoutOf(bpfFiles.cgroups.columns),
  pairs: layoutOf(bpfFiles.pairs.columns),
  health: layoutOf(bpfFiles.health.columns),
  tasks: layoutOf(bpfFiles.tasks.columns),
};

const offsetOf = (file: BpfFileName, column: string): number => layouts[file].offsets.get(column) ?? 0;

export interface BpfReading {
  readonly loadId: bigint;
  /** At the first record, and at the last. */
  readonly nowNs: bigint;
  readonly endNs: bigint;
  readonly count: number;
  /** Every record, one after the other, each of `width` words. */
  readonly records: BigUint64Array;
  readonly width: number;
  /** One column of one record. */
  value(record: number, column: string): bigint;
}

/**
 * Checks a file's frame and gives access to its records. Throws KernelTextError on anything but a whole file of this layout;
 * `line` in it is the 64-bit word, from 1.
 */
export function parseBpfReading(bytes: Uint8Array, file: BpfFileName, path: string): BpfReading {
  const refuse = (word: number, expected: string, found: string): never => {
    throw new KernelTextError(path, word, expected, found);
  };
  if (bytes.length % 8 !== 0 || bytes.length < (headerColumns + trailerColumns) * 8) {
    return refuse(1, 'a header, records and a trailer of 64-bit words', `${bytes.length} bytes`);
  }
  const words = new BigUint64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const word = (index: number): bigint => words[index] ?? 0n;
  const { offsets, width } = layouts[file];
  const expectations: readonly (readonly [bigint, string])[] = [
    [magic, 'the mark of a reading of cpugap'],
    [bpfLayoutVersion, `layout version ${bpfLayoutVersion}`],
    [bpfFiles[file].kind, `kind ${bpfFiles[file].kind} (${file})`],
    [BigInt(width * 8), `records of ${width * 8} bytes`],
  ];
  for (const [index, [value, expected]] of expectations.entries()) {
    if (word(index) !== value) return refuse(index + 1, expected, String(word(index)));
  }
  const body = words.length - headerColumns - trailerColumns;
  if (body % width !== 0) return refuse(words.length, `whole records of ${width} words`, `${body} words`);
  if (word(words.length - trailerColumns) !== endMagic) {
    return refuse(words.length - 1, 'the closing mark: the file was cut', String(word(words.length - 2)));
  }
  const records = words.subarray(headerColumns, headerColumns + body);
  return {
    nowNs: word(4),
    endNs: word(words.length - 1),
    loadId: word(5),
    count: body / width,
    records,
    width,
    value: (record, column) => records[record * width + (offsets.get(column) ?? 0)] ?? 0n,
  };
}

/** Where the columns of a cgroup stand, looked up once: an agent reads hundreds of records every second. */
export const cgroupColumn = {
  id: offsetOf('cgroups', 'id'),
  removedNs: offsetOf('cgroups', 'removed_ns'),
  monotonicNs: offsetOf('cgroups', 'now_ns'),
  createdNs: offsetOf('cgroups', 'created_ns'),
  runNs: offsetOf('cgroups', 'run_ns'),
  execNs: offsetOf('cgroups', 'exec_ns'),
  migrations: offsetOf('cgroups', 'migrations'),
  waitIdleNs: offsetOf('cgroups', 'wait_idle_ns'),
  waitSelfNs: offsetOf('cgroups', 'wait_own_ns'),
  waitSystemNs: offsetOf('cgroups', 'wait_system_ns'),
  waitOthersNs: offsetOf('cgroups', 'wait_others_ns'),
  waitThrottledNs: offsetOf('cgroups', 'wait_throttled_ns'),
  waitUnknownNs: offsetOf('cgroups', 'wait_unknown_ns'),
  waitBesideIdleNs: offsetOf('cgroups', 'wait_beside_idle_ns'),
  waitBesideIdleBoundNs: offsetOf('cgroups', 'wait_beside_idle_bound_ns'),
  inducedNs: offsetOf('cgroups', 'induced_ns'),
  inducedThrottledNs: offsetOf('cgroups', 'induced_throttled_ns'),
  concurrencyTailNs: offsetOf('cgroups', 'tail_n_ns'),
  concurrencyNs: offsetOf('cgroups', 'concurrency_ns'),
  wakeupWaits: offsetOf('cgroups', 'wakeup_waits'),
  preemptionWaits: offsetOf('cgroups', 'preemption_waits'),
} as const;

/** Counters by cgroup id. Removed cgroups are left out. The histograms are views of the reading's memory. */
export function exactCountersOf({ records, width }: BpfReading): ReadonlyMap<bigint, ExactCounters> {
  const counters = new Map<bigint, ExactCounters>();
  for (let start = 0; start < records.length; start += width) {
    if (records[start + cgroupColumn.removedNs] !== 0n) continue;
    counters.set(records[start + cgroupColumn.id] ?? 0n, countersOf(records, start));
  }
  return counters;
}

/** Counters of one record, which begins at the word `start`. */
export function countersOf(records: BigUint64Array, start: number): ExactCounters {
  const at = (column: number): bigint => records[start + column] ?? 0n;
  const entries = (column: number, count: number): BigUint64Array =>
    records.subarray(start + column, start + column + count);
  const c = cgroupColumn;
  return {
    monotonicNs: at(c.monotonicNs),
    createdNs: at(c.createdNs),
    runNs: at(c.runNs),
    execNs: at(c.execNs),
    migrations: at(c.migrations),
    waitIdleNs: at(c.waitIdleNs),
    waitSelfNs: at(c.waitSelfNs),
    waitSystemNs: at(c.waitSystemNs),
    waitOthersNs: at(c.waitOthersNs),
    waitThrottledNs: at(c.waitThrottledNs),
    waitUnknownNs: at(c.waitUnknownNs),
    waitBesideIdleNs: at(c.waitBesideIdleNs) + at(c.waitBesideIdleBoundNs),
    inducedNs: at(c.inducedNs),
    inducedThrottledNs: at(c.inducedThrottledNs),
    concurrencyNs: entries(c.concurrencyNs, concurrencyEntries),
    concurrencyTailNs: at(c.concurrencyTailNs),
    wakeupWaits: entries(c.wakeupWaits, latencyBuckets),
    preemptionWaits: entries(c.preemptionWaits, latencyBuckets),
  };
}

/** Idle time of every CPU, ascending by CPU. */
export function cpuIdleOf({ records, width }: BpfReading): readonly CpuIdle[] {
  const [cpu, idleNs] = [offsetOf('cpus', 'cpu'), offsetOf('cpus', 'idle_ns')];
  return Array.from({ length: records.length / width }, (_, i) => ({
    cpu: Number(records[i * width + cpu] ?? 0n),
    idleNs: records[i * width + idleNs] ?? 0n,
  }));
}

export function waitPairsOf({ records, width }: BpfReading): readonly WaitPair[] {
  const pairs: WaitPair[] = [];
  for (let start = 0; start < records.length; start += width) {
    const [victimId = 0n, offenderId = 0n, waitNs = 0n] = [
      records[start],
      records[start + 1],
      records[start + 2],
    ];
    pairs.push({ victimId, offenderId, waitNs });
  }
  return pairs;
}

/** What makes numbers incomplete; corrections and the rest of the health file are no losses. */
const lossColumns = ['cgroups_full', 'pairs_full', 'queue_full', 'threads_untracked', 'negative_n'] as const;

export function lossesOf(reading: BpfReading): readonly CountedLoss[] {
  if (reading.count === 0) return [];
  return lossColumns.map((name) => ({ name, count: reading.value(0, name) }));
}

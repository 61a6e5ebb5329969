/**
 * Reads the files that the BPF programs pin (docs/bpf.md). Each opening runs the programs that make the reading, so files
 * are opened for every reading and never kept. No privilege is needed: the loader has made them readable to all.
 */
import { errnoOf } from './host-read-error.ts';
import { nodeFileCalls, type FileCalls } from './file-calls.ts';
import { countersAt, waitersBetween, type Waiters } from '../kernel/bpf-periods.ts';
import {
  cpuIdleOf,
  exactCountersOf,
  lossesOf,
  parseBpfReading,
  waitPairsOf,
  type BpfFileName,
  type BpfReading,
} from '../kernel/bpf-reading.ts';
import { KernelTextError } from '../kernel/kernel-text-error.ts';
import type { ExactCounters, ExactHostSample, ExactPeriod } from '../kernel/sample.ts';

export const defaultPinFolder = '/sys/fs/bpf/cpugap';

/** Which source to use: the programs where they are loaded, nothing but them, or kernel files alone. */
export const runqSources = ['auto', 'bpf', 'proc'] as const;
export type RunqSource = (typeof runqSources)[number];

/** The programs were asked for and cannot be read; the message says why and what to do. */
export class NoExactCountersError extends Error {
  override readonly name = 'NoExactCountersError';
}

/** The reader that a source asks for; undefined for kernel files alone. Throws NoExactCountersError for `bpf` without programs. */
export function openExactReader(source: RunqSource, folder: string): ExactReader | undefined {
  if (source === 'proc') return undefined;
  const reader = new ExactReader({ folder });
  const reading = source === 'bpf' ? reader.read() : undefined;
  if (reading?.kind === 'none') throw new NoExactCountersError(reading.reason);
  return reader;
}

export interface ExactReading {
  readonly kind: 'counted';
  readonly host: ExactHostSample;
  /** By cgroup id. */
  readonly counters: ReadonlyMap<bigint, ExactCounters>;
  /** From the first CPU brought up to date to the last cgroup handed out: run and wait times are fuzzy by so much. */
  readonly spanNs: bigint;
}

/** Why there are no exact counters, as a sentence that says what to do. */
export interface NoExactReading {
  readonly kind: 'none';
  readonly reason: string;
  /** No programs are pinned, which is a state of the host; anything else is a failure. */
  readonly absent: boolean;
}

export interface ExactReaderOptions {
  /** Default /sys/fs/bpf/cpugap. */
  readonly folder?: string;
  readonly calls?: FileCalls;
}

/** How often all threads are walked, which puts right what an event was missed for; 0.5 us per thread. */
const walkEveryNs = 60_000_000_000n;
/**
 * `cpus` brings the counters up to date, `cgroups` hands them out: what passes in between is missing in some columns. It
 * is microseconds, unless the reader loses its CPU just then, to the very loads that it measures; so it tries again.
 */
const closeTogetherNs = 500_000n;
const closeTogetherPerRecordNs = 2_000n;
const mostTries = 4;
/** A period is one of CFS bandwidth control. */
export const periodMs = 100;
/** Timers come a little early or late. */
const leastPeriodNs = 90_000_000n;
/** Who waited less than this in a period missed nothing in it worth a look: a thousandth of a CPU. */
const leastWaitNs = 100_000;
/** Periods are read while somebody waits at least this part of the time, a hundredth of a CPU. */
const leastWaitShare = 0.01;
/** A window has no more of them: an hour is no place for 36,000 readings. */
const mostPeriods = 100;

/** Into how many periods a window of this length is cut; 1 is not at all. */
export const periodsWithin = (windowMs: number): number =>
  Math.min(mostPeriods, Math.max(1, Math.floor(windowMs / periodMs + 1e-9)));
const firstBufferBytes = 512 * 1024;
const mostBytes = 64 * 1024 * 1024;

/** The two files that belong together. */
interface Moment {
  readonly cpus: BpfReading;
  readonly cgroups: BpfReading;
}

export class ExactReader {
  readonly folder: string;
  readonly #calls: FileCalls;
  /** At the last whole reading. */
  #latest: Moment | undefined;
  /** The latest reading of all, and who had waited before it. */
  #edge: { readonly moment: Moment; readonly waiters: ReadonlySet<number> } | undefined;
  /** Between these two, oldest first. */
  #periods: ExactPeriod[] = [];
  #hasWaiters = false;
  #buffer = Buffer.allocUnsafe(firstBufferBytes);
  /** CLOCK_MONOTONIC of the last walk. */
  #walkedNs: bigint | undefined;

  constructor(options: ExactReaderOptions = {}) {
    this.folder = options.folder ?? defaultPinFolder;
    this.#calls = options.calls ?? nodeFileCalls;
  }

  /** Throws nothing: a reading that cannot be had, or is not whole, is a reason. */
  read(): ExactReading | NoExactReading {
    try {
      const health = this.#readFile('health');
      this.#walkThreads(health.nowNs);
      const moment = this.#readTogether();
      const { cpus, cgroups } = moment;
      const pairs = this.#readFile('pairs');
      const loads = new Set([cpus, cgroups, pairs, health].map((reading) => reading.loadId));
      if (loads.size > 1) {
        this.#forget();
        return { kind: 'none', absent: false, reason: 'the programs were loaded anew during the reading' };
      }
      const periods = this.#takePeriods(moment);
      return {
        kind: 'counted',
        host: {
          loadId: cgroups.loadId,
          pairs: waitPairsOf(pairs),
          losses: lossesOf(health),
          idle: cpuIdleOf(cpus),
          ...(periods.length > 0 && { periods }),
        },
        counters: exactCountersOf(cgroups),
        spanNs: cgroups.endNs - cpus.nowNs,
      };
    } catch (error) {
      this.#forget();
      return { kind: 'none', absent: errnoOf(error) === 'ENOENT', reason: this.#describe(error) };
    }
  }

  /** Whether there is anybody whose gap a shorter period might show: somebody waited in the last window, or who knows. */
  get wantsPeriods(): boolean {
    return this.#hasWaiters;
  }

  /** Reads the counters between two whole readings; the next of those hands them out. Throws nothing. */
  readPeriod(): void {
    if (!this.#hasWaiters || this.#periods.length >= mostPeriods) return;
    try {
      const moment = this.#readTogether();
      if (this.#edge && isPeriod(this.#edge.moment, moment)) this.#moveEdge(moment);
    } catch {
      // Two periods become one; what is wrong the next whole reading says.
    }
  }

  /** Of the reading that was the latest only what somebody waited beside is kept. */
  #moveEdge(moment: Moment): void {
    const edge = this.#edge;
    const { inBefore, inAfter } = edge
      ? waitersBetween(edge.moment.cgroups, moment.cgroups, leastWaitNs)
      : noWaiters;
    if (edge && edge.moment !== this.#latest) {
      const { cpus, cgroups } = edge.moment;
      this.#periods.push({
        idle: cpuIdleOf(cpus),
        cgroups: countersAt(cgroups, [...edge.waiters, ...inBefore]),
      });
    }
    this.#edge = { moment, waiters: inAfter };
  }

  #takePeriods(moment: Moment): readonly ExactPeriod[] {
    const latest = this.#latest;
    const isSameSet = latest?.cgroups.loadId === moment.cgroups.loadId;
    const isEdgeApart = this.#edge !== undefined && isPeriod(this.#edge.moment, moment);
    if (isSameSet && isEdgeApart) this.#moveEdge(moment);
    const periods = isSameSet ? this.#periods : [];
    this.#hasWaiters = latest === undefined || !isSameSet || haveWaited(latest, moment);
    this.#latest = moment;
    this.#edge = { moment, waiters: noWaiters.inAfter };
    this.#periods = [];
    return periods;
  }

  #forget(): void {
    this.#latest = undefined;
    this.#edge = undefined;
    this.#periods = [];
    this.#hasWaiters = false;
  }

  #walkThreads(nowNs: bigint): void {
    if (this.#walkedNs !== undefined && nowNs - this.#walkedNs < walkEveryNs) return;
    this.#readFile('tasks');
    this.#walkedNs = nowNs;
  }

  /**
   * Reading the CPUs closes the open intervals of whatever is on them, so it comes first. Nothing is parsed before all
   * is read: that takes longer than the reading, by milliseconds in a process that has just started.
   */
  #readTogether(): Moment {
    for (let tries = 1; ; tries++) {
      const cpusEnd = this.#append('cpus', 0);
      const cgroupsEnd = this.#append('cgroups', cpusEnd);
      const cpus = this.#parse('cpus', 0, cpusEnd);
      const cgroups = this.#parse('cgroups', cpusEnd, cgroupsEnd);
      const allowedNs = closeTogetherNs + closeTogetherPerRecordNs * BigInt(cgroups.count);
      if (cgroups.endNs - cpus.nowNs <= allowedNs || tries === mostTries) return { cpus, cgroups };
    }
  }

  #readFile(name: BpfFileName): BpfReading {
    return this.#parse(name, 0, this.#append(name, 0));
  }

  /** Reads a whole file into the buffer from `start` on; returns where it ends. */
  #append(name: BpfFileName, start: number): number {
    const path = this.#pathOf(name);
    const fd = this.#calls.open(path);
    try {
      for (let end = start; ;) {
        if (end === this.#buffer.length) this.#grow(path);
        const count = this.#calls.read(fd, this.#buffer, end, this.#buffer.length - end, end - start);
        if (count === 0) return end;
        end += count;
      }
    } finally {
      this.#calls.close(fd);
    }
  }

  #parse(name: BpfFileName, start: number, end: number): BpfReading {
    return parseBpfReading(this.#buffer.subarray(start, end), name, this.#pathOf(name));
  }

  #pathOf(name: BpfFileName): string {
    return `${this.folder}/${name}`;
  }

  #grow(path: string): void {
    if (this.#buffer.length >= mostBytes) {
      throw new KernelTextError(path, 1, `at most ${mostBytes} bytes`, 'more');
    }
    this.#buffer = Buffer.concat([this.#buffer], this.#buffer.length * 2);
  }

  #describe(error: unknown): string {
    if (error instanceof KernelTextError) {
      const other = error.expected.startsWith('layout version');
      return other
        ? `the programs pinned in ${this.folder} have layout ${error.found}, this program reads ${error.expected.replace('layout version ', '')}: load the ones that belong to it (cpugap-bpf load --replace)`
        : error.message;
    }
    switch (errnoOf(error)) {
      case 'ENOENT':
        return `no programs are pinned in ${this.folder}: load them with cpugap-bpf load`;
      case 'EACCES':
      case 'EPERM':
        return `${this.folder} may not be read: cpugap-bpf load makes it readable, the folders above it must be too`;
      default:
        return `reading ${this.folder} failed: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}

/** Of one set of counters, and far enough apart. */
const isPeriod = (before: Moment, after: Moment): boolean =>
  before.cgroups.loadId === after.cgroups.loadId &&
  after.cgroups.nowNs - before.cgroups.nowNs >= leastPeriodNs;

function haveWaited(before: Moment, after: Moment): boolean {
  const leastNs = leastWaitShare * Number(after.cgroups.nowNs - before.cgroups.nowNs);
  return waitersBetween(before.cgroups, after.cgroups, leastNs).inAfter.size > 0;
}

const noWaiters: Waiters = { inBefore: new Set(), inAfter: new Set() };

/** The real kernel for tests: cgroups with reservations, workloads in them, and windows measured two ways. */
import { WorkloadProcess, type WorkloadSpec } from '../../bench/workloads/workload-process.ts';
import { readCgroupLayout, type CgroupLayout } from '../../host/cgroup-layout.ts';
import type { CgroupSettings } from '../../host/cgroup-settings.ts';
import { systemClock } from '../../host/clock.ts';
import { fixedReservations, type FixedReservation } from '../../host/fixed-reservations.ts';
import { raiseOwnPriority } from '../../host/own-priority.ts';
import { defaultRoots } from '../../host/roots.ts';
import { SampleReader } from '../../host/sample-reader.ts';
import { ScratchCgroups } from '../../host/scratch-cgroups.ts';
import type { ExactReader } from '../../host/exact-reader.ts';
import { cpuSetOf } from '../../kernel/cpu-set.ts';
import type { CpuQuota, CpuWeight, Sample } from '../../kernel/sample.ts';
import { deriveHostLedger } from '../../ledger/derive.ts';
import { deriveExactWindow, type ExactWindow } from '../../ledger/exact.ts';
import type { ContainerLedger, HostLedger } from '../../ledger/ledger.ts';
import { disturbanceOf } from './disturbance.ts';
import { threadTimes, throttledSeconds, usageSeconds, type ThreadTimes } from './live-files.ts';
import { withoutExact } from './without-exact.ts';

export interface ContainerSpec {
  readonly reserved?: number;
  /** As cpu.shares; converted in proportion for v2. */
  readonly shares?: number;
  /** Quota in CPUs. */
  readonly quotaCores?: number;
  /** Default 100 ms. */
  readonly quotaPeriodUsec?: number;
  readonly cpus?: readonly number[];
  readonly idle?: boolean;
}

/** By how much a counter of the kernel rose between two samples: no less, no more. */
export interface RiseBracket {
  readonly least: number;
  readonly most: number;
}

export interface LiveWindow {
  readonly ledger: HostLedger;
  /** What disturbed it, each time that it was measured; what holds only on a quiet machine is not asserted then. */
  readonly disturbance: string | undefined;
  of(path: string): ContainerLedger;
  /** The cgroup's own counters, read apart from the samples, just before and just after each of them. */
  usage(path: string): RiseBracket;
  throttled(path: string): RiseBracket;
  /** What the programs in the kernel counted for the cgroup. */
  exactOf(path: string): ExactWindow;
  /** The ledger that the same samples give without what the programs counted. */
  portableOf(path: string): ContainerLedger;
  /** Rise of run_delay of those of the container's threads that lived all along. */
  delayed(path: string): number;
  /** The threads of a workload, read just before the first sample and just after the last. */
  threads(workload: { readonly pid: number }): readonly [readonly ThreadTimes[], readonly ThreadTimes[]];
}

interface Counters {
  readonly usage: number;
  readonly throttled: number;
}

export interface LiveHostOptions {
  /** Reads what the programs in the kernel count, too. */
  readonly exact?: () => ExactReader;
}

/** A disturbed window is measured again, so many times, but by one test file only so often in all. */
const mostAttempts = 3;
let attemptsToSpare = 4;

/** Four times what a two-CPU host's containers weigh together: other processes of the host hardly disturb a test. */
const parentShares = 8192;

export class LiveHost {
  readonly layout: CgroupLayout;
  readonly #newReader: () => SampleReader;
  #reader: SampleReader;
  readonly #scratch: ScratchCgroups;
  readonly #reservations: Map<string, FixedReservation>;
  readonly #workloads = new Set<WorkloadProcess>();
  /** Undoes that this process reads before all others: a real-time process cannot be moved to a cgroup without a share for such. */
  readonly lowerPriority = raiseOwnPriority();

  static async open(options: LiveHostOptions = {}): Promise<LiveHost> {
    const layout = readCgroupLayout(defaultRoots);
    if (!layout) throw new Error('no cgroups');
    const scratch = await ScratchCgroups.open({
      layout,
      clock: systemClock,
      proc: defaultRoots.proc,
      prefix: 'cpugap-test',
      settings: { weight: weightOf(layout, parentShares) },
    });
    return new LiveHost(layout, scratch, options);
  }

  private constructor(layout: CgroupLayout, scratch: ScratchCgroups, { exact }: LiveHostOptions) {
    this.layout = layout;
    this.#scratch = scratch;
    this.#reservations = new Map();
    const reservations = fixedReservations(this.#reservations);
    this.#newReader = () =>
      new SampleReader({
        roots: defaultRoots,
        clock: systemClock,
        reservations,
        ...(exact && { exact: exact() }),
      });
    this.#reader = this.#newReader();
  }

  get reader(): SampleReader {
    return this.#reader;
  }

  /** What a restart of the agent does: everything that the reader remembered is gone. */
  restartReader(): void {
    this.#reader.close();
    this.#reader = this.#newReader();
  }

  /** The cgroup that holds all of this test's. */
  get parent(): string {
    return this.#scratch.path;
  }

  /** Makes a container; `name` may be a path below one made before. Returns its path. */
  add(name: string, spec: ContainerSpec): string {
    const path = this.#scratch.create(name, settingsOf(this.layout, spec));
    const cores = spec.reserved ?? 0;
    this.#reservations.set(path, { name, reservation: { cores, source: 'the test' } });
    return path;
  }

  /** A cgroup above containers, not one itself. */
  addParent(name: string, spec: ContainerSpec): string {
    return this.#scratch.create(name, settingsOf(this.layout, spec));
  }

  place(path: string, pid: number): void {
    this.#scratch.place(path, pid);
  }

  async remove(path: string): Promise<void> {
    this.#reservations.delete(path);
    await this.#scratch.remove(path);
  }

  /** Starts a workload in the cgroup; it runs when this resolves. */
  async load(path: string, spec: WorkloadSpec): Promise<WorkloadProcess> {
    const workload = await this.prepare(path, spec);
    await workload.start();
    return workload;
  }

  /** Starts workloads in several cgroups at the same moment, so that none is kept from starting by another. */
  async loadAll(specs: Readonly<Record<string, WorkloadSpec>>): Promise<void> {
    const workloads: WorkloadProcess[] = [];
    for (const [path, spec] of Object.entries(specs)) workloads.push(await this.prepare(path, spec));
    await Promise.all(workloads.map((workload) => workload.start()));
  }

  /** Starts a workload in the cgroup whose threads sleep until its `start` is called. */
  async prepare(path: string, spec: WorkloadSpec): Promise<WorkloadProcess> {
    const workload = await WorkloadProcess.launch(spec);
    this.#workloads.add(workload);
    this.place(path, workload.pid);
    await workload.prepare();
    return workload;
  }

  /**
   * Measures from now for about `seconds`, threads included, in one window; `atHalf` is done in the middle of it. A
   * window that something disturbed is measured again, a few times; the last one counts.
   */
  async measure(seconds: number, atHalf?: () => unknown): Promise<LiveWindow> {
    for (let attempt = 1; ; attempt += 1) {
      const window = await this.#measureOnce(seconds, atHalf);
      if (window.disturbance === undefined || attempt === mostAttempts || attemptsToSpare === 0)
        return window;
      attemptsToSpare -= 1;
    }
  }

  async #measureOnce(seconds: number, atHalf?: () => unknown): Promise<LiveWindow> {
    const start = this.#observe();
    await systemClock.sleep(seconds * 500);
    await atHalf?.();
    await systemClock.sleep(seconds * 500);
    const end = this.#observe();
    const ledger = deriveHostLedger(start.sample, end.sample);
    const riseOf = (counter: keyof Counters, path: string): RiseBracket => {
      const at = (reading: ReadonlyMap<string, Counters>): number => reading.get(path)?.[counter] ?? NaN;
      return { least: at(end.before) - at(start.after), most: at(end.after) - at(start.before) };
    };
    const portable = deriveHostLedger(withoutExact(start.sample), withoutExact(end.sample));
    return {
      ledger,
      disturbance: disturbanceOf({
        nominalSeconds: seconds,
        host: ledger,
        testSeconds: end.ownUsage - start.ownUsage,
        readingSeconds: Math.max(start.readingSeconds, end.readingSeconds),
      }),
      of: (path) => ledgerOf(ledger, path),
      portableOf: (path) => ledgerOf(portable, path),
      exactOf: (path) => exactWindowOf(start.sample, end.sample, path),
      delayed: (path) => delayedBetween(start.sample, end.sample, path),
      threads: ({ pid }) => [start.threads.get(pid) ?? [], end.threads.get(pid) ?? []],
      usage: (path) => riseOf('usage', path),
      throttled: (path) => riseOf('throttled', path),
    };
  }

  async close(): Promise<void> {
    this.#reader.close();
    await Promise.all([...this.#workloads].map((workload) => workload.end()));
    await this.#scratch.close();
    this.lowerPriority();
  }

  #observe() {
    const threads = this.#readThreads();
    const before = this.#readCounters();
    const beganNs = systemClock.monotonicNs();
    const sample = this.#reader.read(() => true);
    const readingSeconds = Number(systemClock.monotonicNs() - beganNs) / 1e9;
    const after = this.#readCounters();
    const ownUsage = usageSeconds(this.layout, this.parent);
    return { threads, before, sample, after, ownUsage, readingSeconds };
  }

  #readThreads(): ReadonlyMap<number, readonly ThreadTimes[]> {
    return new Map([...this.#workloads].map(({ pid }) => [pid, threadTimes(pid)]));
  }

  #readCounters(): ReadonlyMap<string, Counters> {
    const { layout } = this;
    return new Map(
      [...this.#reservations.keys()].map((path) => [
        path,
        { usage: usageSeconds(layout, path), throttled: throttledSeconds(layout, path) },
      ]),
    );
  }
}

function ledgerOf(ledger: HostLedger, path: string): ContainerLedger {
  const found = ledger.containers.find((container) => container.path === path);
  if (!found) throw new Error(`no ledger of ${path}`);
  return found;
}

function exactWindowOf(start: Sample, end: Sample, path: string): ExactWindow {
  const [previous, next] = [start, end].map(
    (sample) => sample.cgroups.find((cgroup) => cgroup.path === path)?.exact,
  );
  const window = previous && next && deriveExactWindow(previous, next);
  if (!window) throw new Error(`the programs did not count ${path}`);
  return window;
}

function delayedBetween(start: Sample, end: Sample, path: string): number {
  const [before, after] = [start, end].map(
    (sample) => sample.cgroups.find((cgroup) => cgroup.path === path)?.threads,
  );
  if (!before || !after) return 0;
  const earlier = new Map([...before.tids].map((tid, i) => [tid, before.runDelayNs[i] ?? 0n]));
  return [...after.tids].reduce((sum, tid, i) => {
    const delayNs = after.runDelayNs[i] ?? 0n;
    return sum + Number(delayNs - (earlier.get(tid) ?? delayNs)) / 1e9;
  }, 0);
}

function settingsOf(layout: CgroupLayout, spec: ContainerSpec): CgroupSettings {
  return {
    ...(spec.shares !== undefined && { weight: weightOf(layout, spec.shares) }),
    ...(spec.quotaCores !== undefined && { quota: quotaOf(spec.quotaCores, spec.quotaPeriodUsec) }),
    ...(spec.cpus && { allowedCpus: cpuSetOf(spec.cpus) }),
    ...(spec.idle !== undefined && { idle: spec.idle }),
  };
}

function quotaOf(cores: number, periodUsec = 100_000): CpuQuota {
  return { quotaUsec: Math.round(cores * periodUsec), periodUsec };
}

function weightOf(layout: CgroupLayout, shares: number): CpuWeight {
  if (layout.version !== 'v2') return { kind: 'shares', shares };
  return { kind: 'weight', weight: Math.round((shares * 100) / 1024) };
}

/**
 * The difference of two Samples of one cgroup: what happened in the window between them, in seconds.
 * Identity is path and inode; a counter that fell means that it is not the same thing, and gives no rate.
 */
import type { CgroupSample, ThreadsSample } from '../kernel/sample.ts';
import { counterAt, differenceBetween, halvesOf, type CounterHalves } from '../kernel/counter-column.ts';

export interface CgroupWindow {
  readonly path: string;
  readonly end: CgroupSample;
  /** Real length of the window, from the monotonic times of the two reads. */
  readonly seconds: number;
  readonly received?: number;
  readonly bandwidth?: BandwidthWindow;
  /** Queue-seconds throttled by this cgroup or an ancestor (cpu.stat.local). */
  readonly throttledSelf?: number;
  readonly pressureSome?: number;
  readonly pressureFull?: number;
  readonly threads?: ThreadsWindow;
}

export interface BandwidthWindow {
  readonly periods: number;
  readonly throttledPeriods: number;
  readonly throttled: number;
  readonly burst?: number;
}

export interface ThreadsWindow {
  /** Window between the two readings of the threads; it differs a little from the cgroup's. */
  readonly seconds: number;
  readonly run: number;
  /** Waits that ended in the window, each thread's clamped to what the window can hold. */
  readonly wait: number;
  /** Of `wait`, what may lie before the window. */
  readonly carriedIn: number;
  /** The longest wait that may be under way at the end and so is not yet counted. */
  readonly pending: number;
  readonly timeslices: number;
  /** Threads at the end of the window. */
  readonly count: number;
  /** Threads that came, went or could not be read. */
  readonly changed: number;
}

const secondsOf = (nanoseconds: bigint): number => Number(nanoseconds) / 1e9;

/** next - previous in seconds; undefined where either is absent or the counter fell. */
const risen = (previous: bigint | undefined, next: bigint | undefined): number | undefined =>
  previous === undefined || next === undefined || next < previous ? undefined : secondsOf(next - previous);

type Draft<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Window between two samples of the cgroup at the same path; undefined where they are not the same cgroup or no time passed.
 */
export function deriveCgroupWindow(previous: CgroupSample, next: CgroupSample): CgroupWindow | undefined {
  const window = deriveCountersWindow(previous, next);
  const threads =
    window && previous.threads && next.threads && deriveThreadsWindow(previous.threads, next.threads);
  if (threads) window.threads = threads;
  return window;
}

/** Windows of all cgroups that stand in both samples, by path. */
export function deriveCgroupWindows(
  previous: readonly CgroupSample[],
  next: readonly CgroupSample[],
): ReadonlyMap<string, CgroupWindow> {
  const before = cgroupByPath(previous);
  const windows = new Map<string, CgroupWindow>();
  for (let i = 0; i < next.length; i++) {
    const cgroup = next[i];
    const earlier = cgroup && before(cgroup.path, i);
    const window = earlier && deriveCgroupWindow(earlier, cgroup);
    if (window) windows.set(cgroup.path, window);
  }
  return windows;
}

/** Finds a cgroup, looking first where it stands in the other sample: mostly none came or went. */
function cgroupByPath(
  cgroups: readonly CgroupSample[],
): (path: string, likely: number) => CgroupSample | undefined {
  let byPath: Map<string, CgroupSample> | undefined;
  return (path, likely) => {
    const there = cgroups[likely];
    if (there?.path === path) return there;
    byPath ??= new Map(cgroups.map((cgroup) => [cgroup.path, cgroup]));
    return byPath.get(path);
  };
}

/** The same without threads. Field by field: this is done for every cgroup in every tick, and spreading costs microseconds. */
function deriveCountersWindow(previous: CgroupSample, next: CgroupSample): Draft<CgroupWindow> | undefined {
  if (previous.path !== next.path || previous.cgroupId !== next.cgroupId) return undefined;
  const seconds = secondsOf(next.monotonicNs - previous.monotonicNs);
  if (seconds <= 0) return undefined;
  const window: Draft<CgroupWindow> = { path: next.path, end: next, seconds };
  const received = risen(previous.usageNs, next.usageNs);
  if (received !== undefined) window.received = received;
  const bandwidth = bandwidthWindow(previous, next);
  if (bandwidth !== undefined) window.bandwidth = bandwidth;
  const throttledSelf = risen(previous.throttledSelfNs, next.throttledSelfNs);
  if (throttledSelf !== undefined) window.throttledSelf = throttledSelf;
  const pressureSome = risen(previous.pressure?.someNs, next.pressure?.someNs);
  if (pressureSome !== undefined) window.pressureSome = pressureSome;
  const pressureFull = risen(previous.pressure?.fullNs, next.pressure?.fullNs);
  if (pressureFull !== undefined) window.pressureFull = pressureFull;
  return window;
}

function bandwidthWindow(
  { bandwidth: a }: CgroupSample,
  { bandwidth: b }: CgroupSample,
): BandwidthWindow | undefined {
  if (!a || !b || b.periods < a.periods || b.throttledPeriods < a.throttledPeriods) return undefined;
  const throttled = risen(a.throttledNs, b.throttledNs);
  if (throttled === undefined) return undefined;
  const window: Draft<BandwidthWindow> = {
    periods: b.periods - a.periods,
    throttledPeriods: b.throttledPeriods - a.throttledPeriods,
    throttled,
  };
  const burst = risen(a.burstNs, b.burstNs);
  if (burst !== undefined) window.burst = burst;
  return window;
}

/**
 * A wait is added to a thread's run_delay when it ends, so one that straddles an edge is counted where it ends. A thread that
 * was active is allowed one such wait per edge, of four times its mean wait and at least 10 ms.
 */
const edgeWaitsOfMeanLength = 4;
const leastEdgeWaitSeconds = 0.01;

/** Threads present at both ends by tid; new threads count whole, since their counters begin at zero. */
export function deriveThreadsWindow(previous: ThreadsSample, next: ThreadsSample): ThreadsWindow | undefined {
  const seconds = secondsOf(next.monotonicNs - previous.monotonicNs);
  if (seconds <= 0) return undefined;
  const [before, after] = [halvesOfThreads(previous), halvesOfThreads(next)];
  const indexBefore = indexByTid(previous.tids);
  let run = 0;
  let wait = 0;
  let carriedIn = 0;
  let pending = 0;
  let timeslices = 0;
  let survivors = 0;
  for (let i = 0; i < next.tids.length; i++) {
    const was = indexBefore(next.tids[i] ?? 0, i);
    let ran = counterAt(after.run, i) / 1e9;
    let waited = counterAt(after.runDelay, i) / 1e9;
    let slices = counterAt(after.timeslices, i);
    if (was !== undefined) {
      const runDelta = differenceBetween(before.run, was, after.run, i);
      const waitDelta = differenceBetween(before.runDelay, was, after.runDelay, i);
      // A counter that fell is a new thread that was given the tid of a dead one.
      if (runDelta >= 0 && waitDelta >= 0) {
        survivors++;
        ran = runDelta / 1e9;
        waited = waitDelta / 1e9;
        slices = differenceBetween(before.timeslices, was, after.timeslices, i);
      }
    }
    ran = Math.min(ran, seconds);
    waited = Math.min(waited, seconds - ran);
    run += ran;
    wait += waited;
    timeslices += slices;
    if (ran > 0 || waited > 0) {
      const likelyWait = Math.max(
        leastEdgeWaitSeconds,
        (edgeWaitsOfMeanLength * waited) / Math.max(1, slices),
      );
      carriedIn += Math.min(likelyWait, waited);
      pending = Math.max(pending, Math.min(likelyWait, seconds - ran - waited));
    }
  }
  const changed = previous.tids.length - survivors + (next.tids.length - survivors) + next.unread;
  return { seconds, run, wait, carriedIn, pending, timeslices, count: next.tids.length, changed };
}

interface ThreadHalves {
  readonly run: CounterHalves;
  readonly runDelay: CounterHalves;
  readonly timeslices: CounterHalves;
}

function halvesOfThreads({ runNs, runDelayNs, timeslices }: ThreadsSample): ThreadHalves {
  return { run: halvesOf(runNs), runDelay: halvesOf(runDelayNs), timeslices: halvesOf(timeslices) };
}

/** Finds a thread's place, looking first where it stands in the other sample: mostly none came or went. */
function indexByTid(tids: Uint32Array): (tid: number, likely: number) => number | undefined {
  let index: Map<number, number> | undefined;
  return (tid, likely) => {
    if (tids[likely] === tid) return likely;
    index ??= new Map(Array.from(tids, (known, i) => [known, i]));
    return index.get(tid);
  };
}

/**
 * What really happened, from every event of the scheduler: who ran, who waited, and behind whom. It knows nothing of how
 * the BPF programs count: a thread's state is followed event by event, and all times are summed up piece by piece.
 */
import type { SchedEvent } from './sched-event.ts';
import { followFork } from './thread-groups.ts';

export interface TrueCounts {
  /** Thread-seconds on a CPU, by the wall clock. */
  readonly run: number;
  /** Thread-seconds runnable and not running: throttled time is in it, and it is in the classes as well. */
  readonly wait: number;
  readonly waitSelf: number;
  readonly waitIdle: number;
  /** Behind threads of each other group that is followed. */
  readonly waitBehind: ReadonlyMap<string, number>;
  /** Behind any other thread. */
  readonly waitRest: number;
  /** Thread-seconds that may belong to another number, for it is not certain who was on the thread's CPU. */
  readonly uncertain: number;
  /** How often one of its threads woke, or went onto or off a CPU. */
  readonly changes: number;
  /** Seconds with exactly k runnable threads. */
  readonly concurrency: readonly number[];
}

type ThreadState = 'blocked' | 'waiting' | 'running';

interface Thread {
  state: ThreadState;
  cpu: number;
}

interface Occupant {
  readonly tid: number;
  readonly isGuess: boolean;
}

interface Sums {
  run: number;
  wait: number;
  waitSelf: number;
  waitIdle: number;
  readonly waitBehind: Map<string, number>;
  waitRest: number;
  uncertain: number;
  changes: number;
  readonly concurrency: number[];
}

const idleTid = 0;

/**
 * @param events in the order of their times
 * @param groups by the tid of every thread that is followed at the begin; those that they fork follow
 * @param window CLOCK_MONOTONIC, within the recording
 */
export function deriveTrueCounts(
  events: readonly SchedEvent[],
  groups: ReadonlyMap<number, string>,
  window: { readonly fromNs: number; readonly toNs: number },
): ReadonlyMap<string, TrueCounts> {
  const groupOf = new Map(groups);
  const threads = initialThreads(events, groupOf);
  const occupants = initialOccupants(events);
  const sums = new Map<string, Sums>();
  for (const group of groups.values()) sums.set(group, emptySums());
  let lastNs = window.fromNs;
  for (const event of events) {
    const untilNs = Math.min(Math.max(event.timeNs, window.fromNs), window.toNs);
    if (untilNs > lastNs) book(sums, threads, groupOf, occupants, (untilNs - lastNs) / 1e9);
    lastNs = Math.max(lastNs, untilNs);
    follow(event, threads, groupOf, occupants);
    const isWithin = event.timeNs > window.fromNs && event.timeNs <= window.toNs;
    if (isWithin) for (const tid of changedBy(event)) countChange(sums, groupOf.get(tid));
  }
  book(sums, threads, groupOf, occupants, (window.toNs - lastNs) / 1e9);
  return sums;
}

const changedBy = (event: SchedEvent): readonly number[] =>
  event.kind === 'switch' ? [event.prev, event.next] : event.kind === 'wakeup' ? [event.tid] : [];

function countChange(sums: ReadonlyMap<string, Sums>, group: string | undefined): void {
  const sum = group === undefined ? undefined : sums.get(group);
  if (sum) sum.changes++;
}

const emptySums = (): Sums => ({
  run: 0,
  wait: 0,
  waitSelf: 0,
  waitIdle: 0,
  waitBehind: new Map(),
  waitRest: 0,
  uncertain: 0,
  changes: 0,
  concurrency: [],
});

/** What a thread did before its first event shows from that event. */
function initialThreads(
  events: readonly SchedEvent[],
  groupOf: ReadonlyMap<number, string>,
): Map<number, Thread> {
  const threads = new Map<number, Thread>();
  const learn = (tid: number, state: ThreadState, cpu: number): void => {
    if (groupOf.has(tid) && !threads.has(tid)) threads.set(tid, { state, cpu });
  };
  for (const event of events) {
    if (event.kind === 'wakeup') learn(event.tid, 'blocked', event.cpu);
    if (event.kind !== 'switch') continue;
    learn(event.prev, 'running', event.cpu);
    learn(event.next, 'waiting', event.cpu);
  }
  return threads;
}

function initialOccupants(events: readonly SchedEvent[]): Map<number, Occupant> {
  const occupants = new Map<number, Occupant>();
  for (const event of events) {
    if (event.kind !== 'switch' || occupants.has(event.cpu)) continue;
    occupants.set(event.cpu, { tid: event.prev, isGuess: false });
  }
  return occupants;
}

function follow(
  event: SchedEvent,
  threads: Map<number, Thread>,
  groupOf: Map<number, string>,
  occupants: Map<number, Occupant>,
): void {
  const change = (tid: number, state: ThreadState, cpu: number): void => {
    if (groupOf.has(tid)) threads.set(tid, { state, cpu });
  };
  switch (event.kind) {
    case 'switch':
      change(event.prev, event.prevIsRunnable ? 'waiting' : 'blocked', event.cpu);
      change(event.next, 'running', event.cpu);
      occupants.set(event.cpu, { tid: event.next, isGuess: event.isGuess ?? false });
      return;
    case 'wakeup':
      // Woken before it had left its CPU, it never stopped.
      if ((threads.get(event.tid)?.state ?? 'blocked') === 'blocked') change(event.tid, 'waiting', event.cpu);
      return;
    case 'migrate': {
      const thread = threads.get(event.tid);
      if (thread?.state === 'waiting') thread.cpu = event.cpu;
      return;
    }
    case 'fork':
      followFork(event, groupOf);
      threads.delete(event.child);
      return;
    case 'waking':
      return;
  }
}

function book(
  sums: ReadonlyMap<string, Sums>,
  threads: ReadonlyMap<number, Thread>,
  groupOf: ReadonlyMap<number, string>,
  occupants: ReadonlyMap<number, Occupant>,
  seconds: number,
): void {
  if (seconds <= 0) return;
  const runnable = new Map<string, number>();
  for (const [tid, { state, cpu }] of threads) {
    const group = groupOf.get(tid);
    const sum = group === undefined ? undefined : sums.get(group);
    if (group === undefined || !sum || state === 'blocked') continue;
    runnable.set(group, (runnable.get(group) ?? 0) + 1);
    const occupant = occupants.get(cpu);
    if (occupant?.isGuess) sum.uncertain += seconds;
    if (state === 'running') sum.run += seconds;
    else bookWait(sum, group, occupant?.tid, groupOf, seconds);
  }
  for (const [group, sum] of sums) {
    const k = runnable.get(group) ?? 0;
    sum.concurrency[k] = (sum.concurrency[k] ?? 0) + seconds;
  }
}

function bookWait(
  sum: Sums,
  group: string,
  occupant: number | undefined,
  groupOf: ReadonlyMap<number, string>,
  seconds: number,
): void {
  sum.wait += seconds;
  const behind = occupant === undefined ? undefined : groupOf.get(occupant);
  if (occupant === idleTid) sum.waitIdle += seconds;
  else if (behind === group) sum.waitSelf += seconds;
  else if (behind === undefined) sum.waitRest += seconds;
  else sum.waitBehind.set(behind, (sum.waitBehind.get(behind) ?? 0) + seconds);
}

/** A: seconds with at least one runnable thread. */
export const activeSeconds = (concurrency: readonly number[]): number =>
  concurrency.reduce((sum, seconds, k) => (k > 0 ? sum + seconds : sum), 0);

/** E0: the integral of min(R, n). */
export const directEntitlement = (concurrency: readonly number[], reservedCores: number): number =>
  concurrency.reduce((sum, seconds, k) => sum + Math.min(reservedCores, k) * seconds, 0);

/** k*: the most threads runnable at once. */
export const mostRunnable = (concurrency: readonly number[]): number =>
  Math.max(
    0,
    concurrency.findLastIndex((seconds) => seconds > 0),
  );

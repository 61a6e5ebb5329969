/**
 * J from the events: at each waking by a thread of the same container, the overlap of the sleep that it ends with the
 * last wait of the thread that wakes. Wakings by interrupts do not count, and no time twice in one sleep.
 */
import type { SchedEvent } from './sched-event.ts';
import { followFork } from './thread-groups.ts';

interface Thread {
  /** When it fell asleep, or up to when its sleep is counted already. */
  asleepNs?: number | undefined;
  /** When it began to wait for a CPU. */
  waitingNs?: number | undefined;
  /** The wait that came before what it runs now. */
  waited?: { readonly fromNs: number; readonly toNs: number } | undefined;
}

/**
 * Thread-seconds by group, of the wakings in the window.
 * @param events as for deriveTrueCounts
 */
export function deriveTrueInduced(
  events: readonly SchedEvent[],
  groups: ReadonlyMap<number, string>,
  window: { readonly fromNs: number; readonly toNs: number },
): ReadonlyMap<string, number> {
  const groupOf = new Map(groups);
  const threads = new Map<number, Thread>();
  const induced = new Map<string, number>();
  for (const event of events) {
    if (event.kind === 'fork') {
      followFork(event, groupOf);
      threads.delete(event.child);
    } else if (event.kind === 'waking') {
      const overlapNs = overlapOf(event, threads, groupOf);
      const group = groupOf.get(event.tid);
      const isWithin = event.timeNs > window.fromNs && event.timeNs <= window.toNs;
      if (group !== undefined && isWithin) induced.set(group, (induced.get(group) ?? 0) + overlapNs / 1e9);
    } else if (event.kind !== 'migrate') {
      follow(event, threads);
    }
  }
  return induced;
}

function overlapOf(
  { tid, waker }: SchedEvent & { readonly kind: 'waking' },
  threads: Map<number, Thread>,
  groupOf: ReadonlyMap<number, string>,
): number {
  // A thread without an earlier event has slept since before the recording.
  const sleeper = threads.get(tid) ?? { asleepNs: 0 };
  const waited = waker === undefined ? undefined : threads.get(waker)?.waited;
  if (waker === undefined || groupOf.get(waker) !== groupOf.get(tid) || !waited) return 0;
  if (sleeper.asleepNs === undefined || waited.toNs <= sleeper.asleepNs) return 0;
  const overlapNs = waited.toNs - Math.max(waited.fromNs, sleeper.asleepNs);
  threads.set(tid, { asleepNs: waited.toNs });
  return overlapNs;
}

function follow(
  event: SchedEvent & { readonly kind: 'switch' | 'wakeup' },
  threads: Map<number, Thread>,
): void {
  if (event.kind === 'wakeup') {
    const isAsleep = threads.get(event.tid)?.asleepNs !== undefined || !threads.has(event.tid);
    if (isAsleep) threads.set(event.tid, { waitingNs: event.timeNs });
    return;
  }
  threads.set(event.prev, event.prevIsRunnable ? { waitingNs: event.timeNs } : { asleepNs: event.timeNs });
  const fromNs = threads.get(event.next)?.waitingNs;
  threads.set(event.next, fromNs === undefined ? {} : { waited: { fromNs, toNs: event.timeNs } });
}

/**
 * Some kernels do not trace every context switch: here the threads of the machine's init leave their CPU without an
 * event. The next switch on that CPU shows it, for it is away from a thread that nothing had switched to.
 */
import type { SchedEvent } from './sched-event.ts';

interface Anchor {
  readonly index: number;
  readonly timeNs: number;
}

/**
 * Puts in the switches that are missing: as early as the thread can have begun to run, which is after the last switch on
 * its CPU and after it came to that CPU's queue. Who really ran from there to the next switch is a guess.
 */
export function completeSwitches(events: readonly SchedEvent[]): readonly SchedEvent[] {
  const occupants = new Map<number, Anchor & { readonly tid: number }>();
  const arrivals = new Map<number, Anchor>();
  const missing = new Map<number, SchedEvent[]>();
  for (const [index, event] of events.entries()) {
    const here = { index, timeNs: event.timeNs };
    if (event.kind === 'wakeup' || event.kind === 'migrate') arrivals.set(event.tid, here);
    if (event.kind !== 'switch') continue;
    const { cpu, prev } = event;
    const occupant = occupants.get(cpu);
    if (occupant && occupant.tid !== prev) {
      const arrival = arrivals.get(prev);
      const { index: after, timeNs } = arrival && arrival.index > occupant.index ? arrival : occupant;
      const change = { cpu, prev: occupant.tid, prevIsRunnable: false, next: prev };
      const unseen: SchedEvent = { kind: 'switch', timeNs, ...change, isGuess: true };
      missing.set(after, [...(missing.get(after) ?? []), unseen]);
    }
    occupants.set(cpu, { ...here, tid: event.next });
  }
  return events.flatMap((event, index) => [event, ...(missing.get(index) ?? [])]);
}

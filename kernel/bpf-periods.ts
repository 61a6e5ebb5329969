/**
 * Several readings of the file `cgroups` within one window: which cgroups have something to tell in which of them. Words
 * are compared as halves, so that hundreds of records every 100 ms cost no BigInt.
 */
import { cgroupColumn, countersOf, type BpfReading } from './bpf-reading.ts';
import { differenceBetween, halvesOf, type CounterHalves } from './counter-column.ts';
import type { PeriodCounters } from './sample.ts';

/** What a container missed in a period is at most what it waited, lost to others on its CPU, or slept for a waiter. */
const waitColumns = [
  cgroupColumn.waitIdleNs,
  cgroupColumn.waitSelfNs,
  cgroupColumn.waitSystemNs,
  cgroupColumn.waitOthersNs,
  cgroupColumn.waitThrottledNs,
  cgroupColumn.waitUnknownNs,
  cgroupColumn.inducedNs,
  cgroupColumn.inducedThrottledNs,
];

/** The root cgroup: host processes, which nobody asks about. */
const rootId = 1n;

interface Records {
  readonly reading: BpfReading;
  readonly halves: CounterHalves;
}

const recordsOf = (reading: BpfReading): Records => ({ reading, halves: halvesOf(reading.records) });

/** First words of the records of those who waited, in either reading. */
export interface Waiters {
  readonly inBefore: ReadonlySet<number>;
  readonly inAfter: ReadonlySet<number>;
}

/** Who waited more than `leastNs` between two readings; never the root cgroup. */
export function waitersBetween(before: BpfReading, after: BpfReading, leastNs: number): Waiters {
  const [earlier, later] = [recordsOf(before), recordsOf(after)];
  const [inBefore, inAfter] = [new Set<number>(), new Set<number>()];
  const { records, width } = after;
  for (let start = 0, near = 0; start < records.length; start += width) {
    const found = findRecord(earlier, later, start, near);
    if (found === undefined) continue;
    near = found + width;
    if (waitedBetween(earlier.halves, found, later.halves, start) <= leastNs) continue;
    if (records[start + cgroupColumn.id] === rootId) continue;
    inBefore.add(found);
    inAfter.add(start);
  }
  return { inBefore, inAfter };
}

/** Both readings list their records in the order of one table: the same one is where the last was found, or further on. */
function findRecord(before: Records, after: Records, start: number, near: number): number | undefined {
  const { records, width } = before.reading;
  for (let at = near; at < records.length; at += width) {
    if (isSame(before.halves, at, after.halves, start)) return at;
  }
  return undefined;
}

const isSame = (a: CounterHalves, i: number, b: CounterHalves, j: number): boolean =>
  [cgroupColumn.id, cgroupColumn.createdNs].every((c) => differenceBetween(a, i + c, b, j + c) === 0);

function waitedBetween(a: CounterHalves, i: number, b: CounterHalves, j: number): number {
  let sum = 0;
  for (const column of waitColumns) sum += Math.max(0, differenceBetween(a, i + column, b, j + column));
  return sum;
}

/** The counters of some records of a reading. */
export function countersAt({ records }: BpfReading, starts: Iterable<number>): readonly PeriodCounters[] {
  return [...new Set(starts)].map((start) => ({
    cgroupId: records[start + cgroupColumn.id] ?? 0n,
    exact: countersOf(records, start),
  }));
}

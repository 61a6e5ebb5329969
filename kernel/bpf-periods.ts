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

/**
 * For each reading but the first and the last, the counters of those that waited more than `leastNs` between it and one of
 * its neighbours. Where a cgroup is left out, the periods beside that moment count as one.
 */
export function choosePeriodCounters(
  readings: readonly BpfReading[],
  leastNs: number,
): readonly (readonly PeriodCounters[])[] {
  const all = readings.map(recordsOf);
  const chosen = all.map(() => new Set<number>());
  for (let i = 1; i < all.length; i += 1) {
    const [before, after] = [all[i - 1], all[i]];
    if (before && after) markWaiters(before, after, leastNs, chosen[i - 1], chosen[i]);
  }
  return all.slice(1, -1).map(({ reading }, i) => pick(reading, chosen[i + 1] ?? new Set()));
}

/** Whether any cgroup but the root waited more than `leastNs` between the two readings. */
export function anyWaited(before: BpfReading, after: BpfReading, leastNs: number): boolean {
  const waiters = new Set<number>();
  markWaiters(recordsOf(before), recordsOf(after), leastNs, undefined, waiters);
  return waiters.size > 0;
}

/** Adds the first words of the records of those that waited, in either reading. */
function markWaiters(
  before: Records,
  after: Records,
  leastNs: number,
  inBefore: Set<number> | undefined,
  inAfter: Set<number> | undefined,
): void {
  const { records, width } = after.reading;
  for (let start = 0, near = 0; start < records.length; start += width) {
    const earlier = findRecord(before, after, start, near);
    if (earlier === undefined) continue;
    near = earlier + width;
    if (waitedBetween(before.halves, earlier, after.halves, start) <= leastNs) continue;
    if (records[start + cgroupColumn.id] === rootId) continue;
    inBefore?.add(earlier);
    inAfter?.add(start);
  }
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

function pick({ records }: BpfReading, starts: ReadonlySet<number>): readonly PeriodCounters[] {
  return [...starts].map((start) => ({
    cgroupId: records[start + cgroupColumn.id] ?? 0n,
    exact: countersOf(records, start),
  }));
}

/** Windows added up per container, so that an hour of them takes no more memory than one. */
import type { Sample } from '../../kernel/sample.ts';
import type { ContainerLedger, HostTimes } from '../../ledger/ledger.ts';
import type { ObservedWindow } from '../observed-window.ts';
import { addWindow } from './add-window.ts';

/** One container over all its windows. */
export interface ContainerSum {
  readonly ledger: ContainerLedger;
  readonly windowCount: number;
  /** Least and greatest gap of a single window, in CPUs. */
  readonly leastGapCores: number;
  readonly greatestGapCores: number;
}

export interface WindowSums {
  /** Where the first window begins and the last ends. */
  readonly first: Sample;
  readonly last: Sample;
  readonly onlineCpuCount: number;
  readonly seconds: number;
  /** CPU-seconds of the host. */
  readonly host: HostTimes;
  /** By cgroup id and path: a re-created cgroup is another container. */
  readonly containers: ReadonlyMap<string, ContainerSum>;
}

export function sumWindows(windows: Iterable<ObservedWindow>): WindowSums | undefined {
  let sums: WindowSums | undefined;
  for (const window of windows) sums = addToSums(sums, window);
  return sums;
}

/** The sums with one more window. */
export function addToSums(sums: WindowSums | undefined, window: ObservedWindow): WindowSums {
  const { ledger } = window;
  const containers = new Map(sums?.containers);
  for (const row of ledger.containers) {
    const key = `${row.cgroupId} ${row.path}`;
    containers.set(key, addRow(containers.get(key), row));
  }
  return {
    first: sums?.first ?? window.previous,
    last: window.sample,
    onlineCpuCount: ledger.onlineCpuCount,
    seconds: (sums?.seconds ?? 0) + ledger.windowSeconds,
    host: addHostTimes(sums?.host, ledger.host),
    containers,
  };
}

function addRow(sum: ContainerSum | undefined, row: ContainerLedger): ContainerSum {
  const gapCores = row.gap.estimate / row.windowSeconds;
  if (sum === undefined)
    return { ledger: row, windowCount: 1, leastGapCores: gapCores, greatestGapCores: gapCores };
  return {
    ledger: addWindow(sum.ledger, row),
    windowCount: sum.windowCount + 1,
    leastGapCores: Math.min(sum.leastGapCores, gapCores),
    greatestGapCores: Math.max(sum.greatestGapCores, gapCores),
  };
}

function addHostTimes(sum: HostTimes | undefined, window: HostTimes): HostTimes {
  if (sum === undefined) return window;
  return {
    busySeconds: sum.busySeconds + window.busySeconds,
    idleSeconds: sum.idleSeconds + window.idleSeconds,
    stealSeconds: sum.stealSeconds + window.stealSeconds,
    irqSeconds: sum.irqSeconds + window.irqSeconds,
  };
}

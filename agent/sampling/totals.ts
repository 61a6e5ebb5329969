/**
 * Cumulative totals since the agent started: per container with series of its own, of the spilled rest, of the node,
 * and of the collectors. Pure: `accumulate(totals, ledger)` is the next totals.
 */
import type { CollectorReport } from '../../kernel/sample.ts';
import type { ContainerLedger, HostLedger, HostTimes } from '../../ledger/ledger.ts';
import { addWindow, noCounters, type Counters } from './counters.ts';
import { accumulateOffenders, noOffenders, type OffenderTotals } from './offender-totals.ts';
import { chooseOwnSeries } from './own-series.ts';
import {
  freeLabels,
  labelsFit,
  labelsKey,
  plainLabels,
  spilledLabels,
  type SeriesLabels,
} from './series-labels.ts';

/** Totals of one container. Another cgroup at the same path is another container and starts anew. */
export interface ContainerTotals {
  readonly path: string;
  readonly cgroupId: bigint;
  readonly labels: SeriesLabels;
  readonly counters: Counters;
  /** Its ledger of the latest window; absent when it is gone or lost its own series. */
  readonly ledger: ContainerLedger | undefined;
  /** `Totals.seconds` when it was last in a ledger. */
  readonly lastSeenSeconds: number;
}

export interface SpilledTotals {
  /** Containers of the latest window that have no series of their own. */
  readonly count: number;
  /** What all windows of all containers without their own series added, since the first that spilled. */
  readonly counters: Counters;
}

export interface CollectorTotals {
  readonly name: string;
  readonly reads: number;
  readonly failures: number;
  readonly durationSeconds: number;
  /** No failure in the latest sample. */
  readonly succeeded: boolean;
}

export interface Totals {
  /** Length of all windows so far. */
  readonly seconds: number;
  /** By path: first those of the latest window, in its order, then those that are gone. */
  readonly containers: ReadonlyMap<string, ContainerTotals>;
  readonly spilled: SpilledTotals | undefined;
  /** Behind whom they waited. */
  readonly offenders: OffenderTotals;
  readonly node: HostTimes | undefined;
  readonly collectors: readonly CollectorTotals[];
}

export interface TotalsLimits {
  readonly maxContainers: number;
  /** Pairs of victim and offender with a series of their own; 0, as by default, is no such series at all. */
  readonly maxOffenderPairs?: number;
  /** A container that is gone keeps its last values this long, so that they are scraped once more. */
  readonly keepGoneSeconds: number;
}

export const emptyTotals: Totals = {
  seconds: 0,
  containers: new Map(),
  spilled: undefined,
  offenders: noOffenders,
  node: undefined,
  collectors: [],
};

/** Totals after one more window. There are never more than `maxContainers` entries. */
export function accumulate(totals: Totals, ledger: HostLedger, limits: TotalsLimits): Totals {
  const seconds = totals.seconds + ledger.windowSeconds;
  const before = totals.containers;
  const own = chooseOwnSeries(
    ledger.containers,
    ({ path }) => before.get(path)?.ledger !== undefined,
    limits.maxContainers,
  );
  const containers = accumulateOwn(before, own, seconds);
  keepGone(containers, before, seconds, limits);
  return {
    ...totals,
    seconds,
    containers,
    spilled: accumulateSpilled(totals.spilled, ledger.containers, own),
    offenders: accumulateOffenders(
      totals.offenders,
      ledger,
      seconds,
      (path) => containers.get(path)?.labels ?? spilledLabels,
      limits.maxOffenderPairs ?? 0,
    ),
    node: addHostTimes(totals.node, ledger.host),
  };
}

function accumulateOwn(
  before: ReadonlyMap<string, ContainerTotals>,
  own: readonly ContainerLedger[],
  seconds: number,
): Map<string, ContainerTotals> {
  const containers = new Map<string, ContainerTotals>();
  const fresh: ContainerLedger[] = [];
  for (const ledger of own) {
    const { path, cgroupId, identity } = ledger;
    const earlier = before.get(path);
    const same = earlier?.cgroupId === cgroupId;
    const counters = addWindow(same ? earlier.counters : noCounters, ledger);
    const keepsLabels = earlier !== undefined && labelsFit(earlier.labels, identity);
    if (!keepsLabels) fresh.push(ledger);
    const labels = keepsLabels ? earlier.labels : unassigned;
    containers.set(path, { path, cgroupId, labels, counters, ledger, lastSeenSeconds: seconds });
  }
  assignLabels(containers, fresh);
  return containers;
}

/** Stands in for the labels of a container until those of all others are known. */
const unassigned: SeriesLabels = { namespace: undefined, pod: undefined, container: '' };

function assignLabels(containers: Map<string, ContainerTotals>, fresh: readonly ContainerLedger[]): void {
  if (fresh.length === 0) return;
  const taken = takenLabels(containers);
  taken.add(labelsKey(spilledLabels));
  for (const { path, identity } of fresh) {
    const entry = containers.get(path);
    const labels = freeLabels(plainLabels(identity), (key) => taken.has(key));
    taken.add(labelsKey(labels));
    if (entry) containers.set(path, { ...entry, labels });
  }
}

function takenLabels(containers: ReadonlyMap<string, ContainerTotals>): Set<string> {
  const labels = [...containers.values()].map((entry) => entry.labels);
  return new Set(labels.filter((given) => given !== unassigned).map(labelsKey));
}

/** Adds those that are gone, youngest first, while they are young, there is room, and nobody alive has their labels. */
function keepGone(
  containers: Map<string, ContainerTotals>,
  before: ReadonlyMap<string, ContainerTotals>,
  seconds: number,
  limits: TotalsLimits,
): void {
  const gone: ContainerTotals[] = [];
  for (const entry of before.values()) {
    const isYoung = seconds - entry.lastSeenSeconds <= limits.keepGoneSeconds;
    if (isYoung && !containers.has(entry.path)) gone.push(entry);
  }
  if (gone.length === 0) return;
  gone.sort((a, b) => b.lastSeenSeconds - a.lastSeenSeconds);
  const taken = takenLabels(containers);
  for (const entry of gone) {
    if (containers.size >= limits.maxContainers) return;
    const key = labelsKey(entry.labels);
    if (taken.has(key)) continue;
    taken.add(key);
    containers.set(entry.path, entry.ledger === undefined ? entry : { ...entry, ledger: undefined });
  }
}

function accumulateSpilled(
  before: SpilledTotals | undefined,
  all: readonly ContainerLedger[],
  own: readonly ContainerLedger[],
): SpilledTotals | undefined {
  if (all.length === own.length) return before && { ...before, count: 0 };
  const kept = new Set(own);
  const spilled = all.filter((container) => !kept.has(container));
  const counters = spilled.reduce(addWindow, before?.counters ?? noCounters);
  return { count: spilled.length, counters };
}

function addHostTimes(total: HostTimes | undefined, window: HostTimes): HostTimes | undefined {
  // No time at all means that /proc/stat could not be read.
  if (window.busySeconds + window.idleSeconds + window.stealSeconds === 0) return total;
  return {
    busySeconds: (total?.busySeconds ?? 0) + window.busySeconds,
    idleSeconds: (total?.idleSeconds ?? 0) + window.idleSeconds,
    stealSeconds: (total?.stealSeconds ?? 0) + window.stealSeconds,
    irqSeconds: (total?.irqSeconds ?? 0) + window.irqSeconds,
  };
}

/** Totals after the collectors' reports of one more sample. A collector that no longer reports keeps its totals. */
export function accumulateCollectors(totals: Totals, reports: readonly CollectorReport[]): Totals {
  const byName = new Map(totals.collectors.map((collector) => [collector.name, collector]));
  for (const report of reports) {
    const earlier = byName.get(report.name);
    byName.set(report.name, {
      name: report.name,
      reads: (earlier?.reads ?? 0) + report.reads,
      failures: (earlier?.failures ?? 0) + report.failures,
      durationSeconds: (earlier?.durationSeconds ?? 0) + report.durationNs / 1e9,
      succeeded: report.failures === 0,
    });
  }
  return { ...totals, collectors: [...byName.values()] };
}

/** Which container stands above which: pure orders and the filter of a table. */
import type { ContainerLedger } from '../ledger/ledger.ts';
import { displayName } from './render/container-name.ts';

export const sortKeys = ['gap', 'used', 'wait', 'name', 'phantom'] as const;
export type SortKey = (typeof sortKeys)[number];

const perSecond = (ledger: ContainerLedger, seconds: number): number => seconds / ledger.windowSeconds;

/** What each order looks at first; greater stands higher. */
const measures: Readonly<Record<Exclude<SortKey, 'name'>, (ledger: ContainerLedger) => number>> = {
  gap: (ledger) => perSecond(ledger, ledger.gap.estimate),
  used: (ledger) => perSecond(ledger, ledger.received),
  wait: ({ latency, waitPerTimesliceSeconds }) => latency?.p99Seconds ?? waitPerTimesliceSeconds ?? -1,
  phantom: (ledger) => perSecond(ledger, ledger.whereabouts.phantom),
};

/** Equal ones: those with a reservation first, then by usage, then by name, so that rows do not dance. */
export function rankContainers(
  containers: readonly ContainerLedger[],
  key: SortKey,
): readonly ContainerLedger[] {
  const byName = (one: ContainerLedger, other: ContainerLedger): number =>
    compareText(displayName(one), displayName(other)) || compareText(one.path, other.path);
  if (key === 'name') return containers.toSorted(byName);
  const measure = measures[key];
  return containers.toSorted(
    (one, other) =>
      hundredths(measure(other)) - hundredths(measure(one)) ||
      Number(other.reservation !== undefined) - Number(one.reservation !== undefined) ||
      hundredths(measures.used(other)) - hundredths(measures.used(one)) ||
      byName(one, other),
  );
}

/** Differences that the table does not show must not move rows. Waits are in seconds and shown to the tenth of a millisecond. */
const hundredths = (value: number): number => Math.round(value * 1e4) / 1e4;

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Containers whose name or path holds the text, in any case. */
export function filterContainers(
  containers: readonly ContainerLedger[],
  text: string,
): readonly ContainerLedger[] {
  const wanted = text.toLowerCase();
  if (wanted === '') return containers;
  return containers.filter(
    (ledger) =>
      displayName(ledger).toLowerCase().includes(wanted) || ledger.path.toLowerCase().includes(wanted),
  );
}

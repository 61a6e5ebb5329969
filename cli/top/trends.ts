/** The gap of each container over the latest windows, as a part of its reservation. Pure. */
import type { HostLedger } from '../../ledger/ledger.ts';

/** By cgroup path, oldest first, 0..1. Containers without a reservation have none. */
export type Trends = ReadonlyMap<string, readonly number[]>;

export const trendLength = 10;

/** With one more window; containers that are gone are forgotten. */
export function addToTrends(trends: Trends, { containers }: HostLedger): Trends {
  const next = new Map<string, readonly number[]>();
  for (const { path, reservation, gap, windowSeconds } of containers) {
    if (reservation === undefined || reservation.cores <= 0) continue;
    const share = gap.estimate / (reservation.cores * windowSeconds);
    next.set(path, [...(trends.get(path) ?? []), share].slice(-trendLength));
  }
  return next;
}

/** One character per window: `.` for no gap worth a word, then `:` `-` `=` `#` from 1 %, 10 %, 25 % and 50 % on. */
export function formatTrend(shares: readonly number[]): string {
  return shares.map((share) => steps.find(([from]) => share >= from)?.[1] ?? '.').join('');
}

const steps: readonly (readonly [from: number, character: string])[] = [
  [0.5, '#'],
  [0.25, '='],
  [0.1, '-'],
  [0.01, ':'],
];

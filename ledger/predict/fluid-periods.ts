/**
 * Quotas over time: between two moments at which a pool runs empty or is filled, shares are constant. Periods begin
 * together. Burst is left out: where demand is steady, nothing is ever saved for it.
 */
import type { ModelTree } from './model-tree.ts';
import type { Rates } from './fluid-rates.ts';

/** Periods of one length need one of them; of several lengths, so long a time. */
const mixedPeriodsNs = 1e9;

export interface Averages {
  /** By thread: CPUs received, and thread-seconds waited per second, throttling aside. */
  readonly received: readonly number[];
  readonly waited: readonly number[];
  /** By group: time per second in which its own quota stopped it, summed over the CPUs that its threads stand on. */
  readonly throttled: readonly number[];
}

/** `ratesWith` gives the rates while these groups are stopped; it is asked once per state. */
export function averageOverPeriods(
  tree: ModelTree,
  ratesWith: (stopped: ReadonlySet<number>) => Rates,
): Averages {
  const limited = tree.groups.flatMap(({ quota }, group) => (quota ? [{ group, ...quota }] : []));
  const received = tree.threads.map(() => 0);
  const waited = tree.threads.map(() => 0);
  const throttled = tree.groups.map(() => 0);
  const periods = new Set(limited.map(({ periodNs }) => periodNs));
  const [first = mixedPeriodsNs] = periods;
  const spanNs = periods.size === 1 ? first : mixedPeriodsNs;
  const pools = new Map(limited.map(({ group, quotaNs }) => [group, quotaNs]));
  const stopped = new Set<number>();
  for (let nowNs = 0; nowNs < spanNs;) {
    const rates = ratesWith(stopped);
    let stepNs = spanNs - nowNs;
    for (const { group, periodNs } of limited) {
      stepNs = Math.min(stepNs, periodNs - (nowNs % periodNs));
      const rate = rates.byGroup[group] ?? 0;
      if (!stopped.has(group) && rate > 0) stepNs = Math.min(stepNs, (pools.get(group) ?? 0) / rate);
    }
    // Whole nanoseconds, so that ends of periods are met.
    stepNs = Math.max(1, Math.ceil(stepNs));
    for (const [thread, rate] of rates.received.entries()) {
      received[thread] = (received[thread] ?? 0) + (rate * stepNs) / spanNs;
      waited[thread] = (waited[thread] ?? 0) + ((rates.waited[thread] ?? 0) * stepNs) / spanNs;
    }
    for (const group of stopped) {
      throttled[group] = (throttled[group] ?? 0) + ((rates.queues[group] ?? 0) * stepNs) / spanNs;
    }
    nowNs += stepNs;
    for (const { group, quotaNs, periodNs } of limited) {
      const left = (pools.get(group) ?? 0) - (rates.byGroup[group] ?? 0) * stepNs;
      pools.set(group, left);
      if (nowNs % periodNs === 0) {
        pools.set(group, quotaNs);
        stopped.delete(group);
      } else if (left < 1) stopped.add(group);
    }
  }
  return { received, waited, throttled };
}

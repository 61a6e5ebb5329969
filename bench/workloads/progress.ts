/** What a workload had completed at one moment. */
export interface Progress {
  /** CLOCK_MONOTONIC, the same for every process of the host. */
  readonly monotonicNs: bigint;
  readonly completed: number;
}

/** Completed per second between the first and the last report within the window; undefined with fewer than two. */
export function completedPerSecond(
  reports: readonly Progress[],
  fromNs: bigint,
  toNs: bigint,
): number | undefined {
  const within = reports.filter(({ monotonicNs }) => monotonicNs >= fromNs && monotonicNs <= toNs);
  const [first, last] = [within[0], within.at(-1)];
  if (!first || !last || last.monotonicNs === first.monotonicNs) return undefined;
  return ((last.completed - first.completed) * 1e9) / Number(last.monotonicNs - first.monotonicNs);
}

/** `--max-containers`: which containers keep series of their own when there are more than that. */
import type { ContainerLedger } from '../../ledger/ledger.ts';

/**
 * The containers that keep their own series: largest reservation first, because the gap cannot be larger than it. Among
 * equals those that have series already keep them, so that nothing flaps; then the larger gap, then the path.
 */
export function chooseOwnSeries(
  containers: readonly ContainerLedger[],
  hasSeries: (container: ContainerLedger) => boolean,
  maxContainers: number,
): readonly ContainerLedger[] {
  if (containers.length <= maxContainers) return containers;
  const ranked = containers.map((container) => ({
    container,
    cores: container.reservation?.cores ?? 0,
    incumbent: hasSeries(container) ? 1 : 0,
  }));
  ranked.sort(
    (a, b) =>
      b.cores - a.cores ||
      b.incumbent - a.incumbent ||
      b.container.gap.estimate - a.container.gap.estimate ||
      (a.container.path < b.container.path ? -1 : 1),
  );
  return ranked.slice(0, maxContainers).map(({ container }) => container);
}

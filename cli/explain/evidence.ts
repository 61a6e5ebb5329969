/** What an explanation rests on: one container's windows, summed, with its neighbours and settings beside them. Pure. */
import type { CgroupSample, Sample } from '../../kernel/sample.ts';
import type { ContainerLedger, HostTimes } from '../../ledger/ledger.ts';
import { ancestorPaths } from '../../ledger/derive.ts';
import type { ContainerSum, WindowSums } from './window-sums.ts';
import { deriveWeightPromise, type WeightPromise } from './weight-promise.ts';

export interface Neighbour {
  readonly ledger: ContainerLedger;
  readonly cores: number;
  /** CPUs beyond what it was entitled to; all of them where nothing is reserved for it. */
  readonly borrowedCores: number;
}

export interface Evidence {
  readonly container: ContainerLedger;
  readonly windowCount: number;
  /** Least and greatest gap of a single window, in CPUs. */
  readonly leastGapCores: number;
  readonly greatestGapCores: number;
  /** Wall clock at the end of the last window. */
  readonly wallTimeMs: number;
  /** Host states over the windows, in CPUs. */
  readonly hostCores: HostTimes;
  readonly onlineCpuCount: number;
  /** CPUs busy with what is in no container: host processes, kernel threads, interrupts. */
  readonly outsideCores: number;
  readonly weights?: WeightPromise;
  /** Other containers by CPU used, most first. */
  readonly neighbours: readonly Neighbour[];
  /** Why the latest reading has no exact counters; absent where it has them, and in recordings. */
  readonly noExactReason?: string;
}

const fewestNeighbourCores = 0.01;

/** Evidence for the container at `path` (the latest of that path); undefined where no window has it. */
export function gatherEvidence(sums: WindowSums, path: string): Evidence | undefined {
  const own = [...sums.containers.values()].findLast(({ ledger }) => ledger.path === path);
  if (own === undefined) return undefined;
  const { ledger: container, windowCount, leastGapCores, greatestGapCores } = own;
  const weights = deriveWeightPromise(
    sums.last,
    path,
    container.settings.allowedCpuCount ?? sums.onlineCpuCount,
    usedCoresBetween(sums.first, sums.last),
  );
  return {
    container,
    windowCount,
    leastGapCores,
    greatestGapCores,
    wallTimeMs: sums.last.wallTimeMs,
    hostCores: hostCores(sums),
    onlineCpuCount: sums.onlineCpuCount,
    outsideCores: outsideCores(sums),
    ...(weights && { weights }),
    neighbours: neighboursOf(sums.containers.values(), container),
  };
}

/** CPUs used by a cgroup between two samples; undefined where its usage is not known at both. */
function usedCoresBetween(first: Sample, last: Sample): (path: string) => number | undefined {
  const byPath = ({ cgroups }: Sample): ReadonlyMap<string, CgroupSample> =>
    new Map(cgroups.map((cgroup) => [cgroup.path, cgroup]));
  const [before, after] = [byPath(first), byPath(last)];
  return (path) => {
    const [from, to] = [before.get(path), after.get(path)];
    if (from?.usageNs === undefined || to?.usageNs === undefined) return undefined;
    if (from.cgroupId !== to.cgroupId || to.monotonicNs <= from.monotonicNs) return undefined;
    return Number(to.usageNs - from.usageNs) / Number(to.monotonicNs - from.monotonicNs);
  };
}

function hostCores({ host, seconds }: WindowSums): HostTimes {
  return {
    busySeconds: host.busySeconds / seconds,
    idleSeconds: host.idleSeconds / seconds,
    stealSeconds: host.stealSeconds / seconds,
    irqSeconds: host.irqSeconds / seconds,
  };
}

function outsideCores({ host, seconds, containers }: WindowSums): number {
  const paths = new Set([...containers.values()].map(({ ledger }) => ledger.path));
  const isInsideAnother = (path: string): boolean =>
    ancestorPaths(path).some((ancestor) => paths.has(ancestor));
  const inside = [...containers.values()]
    .filter(({ ledger }) => !isInsideAnother(ledger.path))
    .reduce((sum, { ledger }) => sum + ledger.received, 0);
  return Math.max(0, host.busySeconds - inside) / seconds;
}

function neighboursOf(sums: Iterable<ContainerSum>, container: ContainerLedger): readonly Neighbour[] {
  return [...sums]
    .map(({ ledger }) => neighbourOf(ledger))
    .filter(({ cores, ledger }) => cores >= fewestNeighbourCores && !isKin(ledger.path, container.path))
    .toSorted((one, other) => other.cores - one.cores);
}

function neighbourOf(ledger: ContainerLedger): Neighbour {
  const borrowed = ledger.reservation === undefined ? ledger.received : ledger.borrowed;
  return {
    ledger,
    cores: ledger.received / ledger.windowSeconds,
    borrowedCores: borrowed / ledger.windowSeconds,
  };
}

/** Itself, and cgroups inside or around it, are no neighbours. */
function isKin(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}

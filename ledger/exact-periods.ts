/**
 * A window cut where the counters were read in between, about every 100 ms: a container that starves for half a second and
 * borrows in the other half missed something, which the sums of the whole second hide.
 */
import type { CpuSet } from '../kernel/cpu-set.ts';
import type { CpuIdle, ExactCounters, ExactHostSample } from '../kernel/sample.ts';
import { deriveExactWindow, type ExactWindow } from './exact.ts';

/** One moment at which the counters were read. */
export interface PeriodEdge {
  /** Cumulative idle nanoseconds by CPU; absent where the reading does not say. */
  readonly idleNs?: ReadonlyMap<number, bigint>;
  /** By cgroup id, where something happened beside this moment; at the ends of the window it is the sample's own. */
  readonly counters: ReadonlyMap<bigint, ExactCounters>;
}

/** Both ends of the window, and the readings between them. */
export function periodEdgesBetween(previous: ExactHostSample, next: ExactHostSample): readonly PeriodEdge[] {
  const inner = (next.periods ?? []).map(({ idle, cgroups }) => ({
    idleNs: idleOf(idle),
    counters: new Map(cgroups.map(({ cgroupId, exact }) => [cgroupId, exact])),
  }));
  const end = ({ idle }: ExactHostSample): PeriodEdge => ({
    ...(idle && { idleNs: idleOf(idle) }),
    counters: new Map(),
  });
  return [end(previous), ...inner, end(next)];
}

const idleOf = (idle: readonly CpuIdle[]): ReadonlyMap<number, bigint> =>
  new Map(idle.map(({ cpu, idleNs }) => [cpu, idleNs]));

export interface PeriodsEvidence {
  readonly cgroupId: bigint;
  readonly previous: ExactCounters;
  readonly next: ExactCounters;
  /** Between these two. */
  readonly whole: ExactWindow;
  readonly edges: readonly PeriodEdge[];
  readonly allowedCpus: CpuSet;
}

export interface ExactPeriodWindow {
  readonly window: ExactWindow;
  /** Of the CPUs that it may use; absent where the readings do not say. */
  readonly idleSeconds?: number;
}

/** The parts of one container's window, in order; the whole of it where nothing was read in between. */
export function deriveExactPeriods(evidence: PeriodsEvidence): readonly ExactPeriodWindow[] {
  const { previous, next, whole, allowedCpus } = evidence;
  const edges = edgesOf(evidence);
  if (edges.length === 2) return [withIdle(whole, edges, allowedCpus)];
  const execShare = whole.run > 0 ? whole.exec / whole.run : 1;
  const parts = edges.slice(1).map((edge, i) => {
    const start = edges[i];
    const window = start && deriveExactWindow(start.exact, edge.exact);
    // The scheduler's own clock is a tick behind at any moment: over a period the wall clock is the better one.
    return window && withIdle({ ...window, exec: window.run * execShare }, [start, edge], allowedCpus);
  });
  const known = parts.filter((part) => part !== undefined);
  if (known.length === parts.length) return known;
  const ends = [edges[0], edges.at(-1)].filter((edge) => edge !== undefined);
  return [withIdle(deriveExactWindow(previous, next) ?? whole, ends, allowedCpus)];
}

interface ContainerEdge {
  readonly idleNs?: ReadonlyMap<number, bigint>;
  readonly exact: ExactCounters;
}

function edgesOf({ cgroupId, previous, next, edges }: PeriodsEvidence): readonly ContainerEdge[] {
  const last = edges.length - 1;
  return edges.flatMap(({ idleNs, counters }, i) => {
    const exact = i === 0 ? previous : i === last ? next : counters.get(cgroupId);
    return exact ? [{ exact, ...(idleNs && { idleNs }) }] : [];
  });
}

function withIdle(
  window: ExactWindow,
  [start, end]: readonly ContainerEdge[],
  allowed: CpuSet,
): ExactPeriodWindow {
  const [before, after] = [start?.idleNs, end?.idleNs];
  if (!before || !after) return { window };
  let idleSeconds = 0;
  for (const cpu of allowed.cpus) {
    const [from, to] = [before.get(cpu), after.get(cpu)];
    if (from === undefined || to === undefined) return { window };
    if (to > from) idleSeconds += Number(to - from) / 1e9;
  }
  return { window, idleSeconds };
}

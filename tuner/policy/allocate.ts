/**
 * Which CPUs to set apart for whom, by the topology. Pure, and a function of the claims as a set: their order does not
 * matter. What an owner holds already it keeps, so that between two calls only what must move moves.
 *
 * 1. Nobody gets a reserved or an isolated CPU. What is not set apart is the shared pool, of at least `poolFloor` CPUs.
 * 2. Owners that hold CPUs come first, then the greater claim, then the path.
 * 3. Everybody keeps what it holds and still claims; one that claims less gives up CPUs so that whole cores remain.
 * 4. Everybody takes what it lacks (take-cpus.ts). A claim that does not fit whole gets nothing, and is named.
 */
import {
  cpuSetDifference,
  cpuSetIntersection,
  cpuSetUnion,
  emptyCpuSet,
  type CpuSet,
} from '../../kernel/cpu-set.ts';
import type { Topology } from '../../kernel/topology.ts';
import { takeCpus } from './take-cpus.ts';

export interface CpuClaim {
  readonly owner: string;
  /** Whole CPUs, at least 1. */
  readonly cpuCount: number;
}

export interface AllocationInput {
  readonly topology: Topology;
  readonly reservedCpus: CpuSet;
  /** CPUs that stay in the pool for another reason, such as that somebody else pinned a container there. */
  readonly keptCpus?: CpuSet;
  readonly claims: readonly CpuClaim[];
  /** What each owner held after the last call. */
  readonly held: ReadonlyMap<string, CpuSet>;
  /** Least number of CPUs in the pool that containers can really use: isolated ones do not count. */
  readonly poolFloor: number;
}

export interface Allocation {
  /** Per owner, disjoint, each as large as claimed. */
  readonly apart: ReadonlyMap<string, CpuSet>;
  /** Every other online CPU. */
  readonly pool: CpuSet;
  /** Owners whose claim did not fit. */
  readonly refused: readonly string[];
}

export function allocateCpus(input: AllocationInput): Allocation {
  const { topology, held } = input;
  const usable = cpuSetDifference(topology.online, topology.isolated);
  const available = cpuSetDifference(
    cpuSetDifference(usable, input.reservedCpus),
    input.keptCpus ?? emptyCpuSet,
  );
  const claims = input.claims.toSorted((a, b) => compareClaims(a, b, held));
  const { granted, refused } = grantByCount(claims, {
    available: available.cpus.length,
    most: usable.cpus.length - Math.max(1, input.poolFloor),
  });
  const apart = new Map<string, CpuSet>();
  let free = available;
  const give = (owner: string, cpus: CpuSet): void => {
    apart.set(owner, cpus);
    free = cpuSetDifference(free, cpus);
  };
  for (const { owner, cpuCount } of granted) {
    const kept = cpuSetIntersection(held.get(owner) ?? emptyCpuSet, free);
    give(
      owner,
      kept.cpus.length <= cpuCount
        ? kept
        : takeCpus({ topology, free: kept, count: cpuCount, beside: emptyCpuSet }),
    );
  }
  for (const { owner, cpuCount } of granted) {
    const kept = apart.get(owner) ?? emptyCpuSet;
    const count = cpuCount - kept.cpus.length;
    if (count > 0) give(owner, cpuSetUnion(kept, takeCpus({ topology, free, count, beside: kept })));
  }
  const pool = [...apart.values()].reduce(cpuSetDifference, topology.online);
  return { apart, pool, refused };
}

function compareClaims(a: CpuClaim, b: CpuClaim, held: ReadonlyMap<string, CpuSet>): number {
  const holds = ({ owner }: CpuClaim): number => ((held.get(owner)?.cpus.length ?? 0) > 0 ? 0 : 1);
  return holds(a) - holds(b) || b.cpuCount - a.cpuCount || (a.owner < b.owner ? -1 : 1);
}

/** Which claims fit, by numbers alone: any free CPU can serve any of them. */
function grantByCount(
  claims: readonly CpuClaim[],
  limit: { readonly available: number; readonly most: number },
): { readonly granted: readonly CpuClaim[]; readonly refused: readonly string[] } {
  const granted: CpuClaim[] = [];
  const refused: string[] = [];
  let taken = 0;
  for (const claim of claims) {
    if (claim.cpuCount >= 1 && taken + claim.cpuCount <= Math.min(limit.available, limit.most)) {
      granted.push(claim);
      taken += claim.cpuCount;
    } else refused.push(claim.owner);
  }
  return { granted, refused };
}

/**
 * How many CPUs each claimant gets for itself, and how the fractions of reservations are held. Pure; numbered:
 *
 * 1. The whole part of every reservation becomes CPUs set apart. The fraction stays in the shared pool.
 * 2. While there are CPUs to spare, fractions are rounded up, the greatest first, those that had it before others.
 * 3. What is below one CPU and found none to spare: several that each use one CPU at a time share one CPU, as long as
 *    their reservations fit on it. There weights are absolute; but none of them can use more than that CPU.
 * 4. To spare is what the pool has beyond the reservations of everybody who stays in it, and beyond its floor.
 */
import { cpuSetDifference, emptyCpuSet, type CpuSet } from '../../kernel/cpu-set.ts';
import type { Topology } from '../../kernel/topology.ts';
import { allocateCpus, type CpuClaim } from './allocate.ts';

export interface LayoutClaim {
  readonly owner: string;
  readonly cores: number;
  /** `soft`: neighbours keep off its CPUs, and it may use others too. */
  readonly mode: 'soft' | 'exclusive';
  readonly usesOneCpu: boolean;
  /** Its reservation is rounded up in any case, or it gets nothing. */
  readonly wholeOnly?: boolean;
}

export interface LayoutInput {
  readonly topology: Topology;
  readonly reservedCpus: CpuSet;
  readonly keptCpus: CpuSet;
  readonly claims: readonly LayoutClaim[];
  /** Reservations of everybody who claims nothing, CPUs. */
  readonly othersCores: number;
  readonly poolFloor: number;
  readonly held: ReadonlyMap<string, CpuSet>;
}

export interface LayoutSlot {
  readonly apart: CpuSet;
  /** Part of the reservation that is held in the shared pool, CPUs: it needs those too. */
  readonly poolCores: number;
}

export interface Layout {
  readonly slots: ReadonlyMap<string, LayoutSlot>;
  /** The online CPUs that nobody has for itself. */
  readonly pool: CpuSet;
  /** Claimants for whom there was no room. */
  readonly refused: readonly string[];
}

interface Grant {
  readonly owners: readonly LayoutClaim[];
  readonly cpuCount: number;
  readonly poolCores: number;
}

const epsilon = 1e-9;

export function planLayout(input: LayoutInput): Layout {
  const { topology, held } = input;
  const grants = decideGrants(input);
  const claims = grants.map((grant): CpuClaim => ({ owner: keyOf(grant), cpuCount: grant.cpuCount }));
  const { apart, pool } = allocateCpus({
    ...input,
    claims,
    held: new Map(grants.map((grant) => [keyOf(grant), heldBy(grant, held)])),
  });
  const slots = new Map<string, LayoutSlot>();
  for (const grant of grants) {
    const cpus = apart.get(keyOf(grant));
    if (cpus)
      for (const { owner } of grant.owners) slots.set(owner, { apart: cpus, poolCores: grant.poolCores });
  }
  const refused = input.claims.map(({ owner }) => owner).filter((owner) => !slots.has(owner));
  return { slots, pool: slots.size > 0 ? pool : topology.online, refused: refused.sort() };
}

function decideGrants(input: LayoutInput): readonly Grant[] {
  const usable = cpuSetDifference(input.topology.online, input.topology.isolated);
  const available = cpuSetDifference(cpuSetDifference(usable, input.reservedCpus), input.keptCpus);
  let [taken, inPool] = [0, input.othersCores + input.claims.reduce((sum, { cores }) => sum + cores, 0)];
  const fits = (cpuCount: number, leavesPool: number): boolean =>
    taken + cpuCount <= available.cpus.length &&
    usable.cpus.length - taken - cpuCount >= Math.max(1, input.poolFloor, inPool - leavesPool - epsilon);
  const take = (cpuCount: number, leavesPool: number): boolean => {
    if (!fits(cpuCount, leavesPool)) return false;
    [taken, inPool] = [taken + cpuCount, inPool - leavesPool];
    return true;
  };
  const claims = input.claims.toSorted((a, b) => compareClaims(a, b, input.held));
  const whole = new Map<string, number>();
  for (const { owner, cores, wholeOnly } of claims) {
    const count = wholeOnly === true ? Math.ceil(cores - epsilon) : Math.floor(cores + epsilon);
    whole.set(owner, count > 0 && take(count, Math.min(count, cores)) ? count : 0);
  }
  const fractions = claims
    .map((claim) => ({ claim, rest: claim.cores - (whole.get(claim.owner) ?? 0) }))
    .filter(({ claim, rest }) => claim.wholeOnly !== true && rest > epsilon && rest < 1)
    .toSorted((a, b) => b.rest - a.rest);
  const rounded = new Set(fractions.filter(({ rest }) => take(1, rest)).map(({ claim }) => claim.owner));
  const single = claims
    .map((claim): Grant => {
      const cpuCount = (whole.get(claim.owner) ?? 0) + (rounded.has(claim.owner) ? 1 : 0);
      return { owners: [claim], cpuCount, poolCores: Math.max(0, claim.cores - cpuCount) };
    })
    .filter(({ cpuCount }) => cpuCount > 0);
  const without = claims.filter(({ owner }) => !single.some(({ owners }) => owners[0]?.owner === owner));
  const packs = packFractions(without).filter(({ owners }) =>
    take(
      1,
      owners.reduce((sum, { cores }) => sum + cores, 0),
    ),
  );
  return [...single, ...packs];
}

/** First fit, the greatest first; a pack of one is no pack. */
function packFractions(claims: readonly LayoutClaim[]): readonly Grant[] {
  const packs: LayoutClaim[][] = [];
  const loadOf = (pack: readonly LayoutClaim[]): number => pack.reduce((sum, { cores }) => sum + cores, 0);
  for (const claim of claims) {
    if (claim.mode !== 'exclusive' || !claim.usesOneCpu || claim.wholeOnly === true) continue;
    if (claim.cores >= 1) continue;
    const pack = packs.find((each) => loadOf(each) + claim.cores <= 1 + epsilon);
    if (pack) pack.push(claim);
    else packs.push([claim]);
  }
  return packs.filter((pack) => pack.length > 1).map((pack) => ({ owners: pack, cpuCount: 1, poolCores: 0 }));
}

function compareClaims(a: LayoutClaim, b: LayoutClaim, held: ReadonlyMap<string, CpuSet>): number {
  const holds = ({ owner }: LayoutClaim): number => (held.has(owner) ? 0 : 1);
  return holds(a) - holds(b) || b.cores - a.cores || (a.owner < b.owner ? -1 : 1);
}

const keyOf = ({ owners }: Grant): string => owners.map(({ owner }) => owner).join('\n');

/** A pack holds what the first of it held. */
function heldBy({ owners }: Grant, held: ReadonlyMap<string, CpuSet>): CpuSet {
  for (const { owner } of owners) {
    const cpus = held.get(owner);
    if (cpus) return cpus;
  }
  return emptyCpuSet;
}

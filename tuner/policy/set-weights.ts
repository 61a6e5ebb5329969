/**
 * Weights of one competing set, in the unit of the host, from the reservations and the controller's gains.
 *
 * The weights of those that reserve something become proportional to their reservations, times their gains. Together they
 * keep the weight they had, so that those whose weight is left as it is - nothing reserved, or not ours - neither win nor
 * lose by the conversion. Limits of the kernel: cpu.shares 2..262144, cpu.weight 1..10000.
 */
import { effectiveShares } from '../../kernel/cpu-weight.ts';
import type { CpuWeight } from '../../kernel/sample.ts';
import type { CompetingSet, Member } from './competing-sets.ts';
import type { SetMemory } from './hold-weights.ts';

export interface MemberWeight {
  readonly member: Member;
  readonly weight: CpuWeight;
  readonly gain: number;
}

/** A change of so little is not written: relative. */
const leastChange = 0.04;

/** The members whose weight should differ from the original. */
export function weightsOf(set: CompetingSet, memory: SetMemory | undefined): readonly MemberWeight[] {
  const movable = set.members.filter(
    ({ weightIs, reservedCores, originalWeight }) =>
      weightIs !== 'fixed' && reservedCores > 0 && originalWeight !== undefined,
  );
  const cores = movable.reduce((sum, { reservedCores }) => sum + reservedCores, 0);
  const total = movable.reduce((sum, { originalShares }) => sum + originalShares, 0);
  const gainOf = ({ group }: Member): number => {
    const known = memory?.members[group.path];
    return known?.cgroupId === String(group.cgroupId) ? known.gain : 0;
  };
  const wished = movable.map((member) => (member.reservedCores / cores) * total * Math.exp(gainOf(member)));
  const isAllOurs = set.members.every(({ weightIs }) => weightIs === 'free');
  const scale = isAllOurs ? scaleToFit(movable, wished) : 1;
  return movable.flatMap((member, i) => {
    const { originalWeight } = member;
    if (!originalWeight) return [];
    const least = member.weightIs === 'raise_only' ? member.originalShares : 0;
    const shares = Math.max((wished[i] ?? 0) * scale, least);
    const weight = settled(weightFromShares(shares, originalWeight.kind), member.group.weight);
    const unchanged = differsLittle(weight, originalWeight);
    return unchanged ? [] : [{ member, weight, gain: gainOf(member) }];
  });
}

/** Where all weights of the set are ours, the greatest is made to fit: only their proportions count. */
function scaleToFit(members: readonly Member[], wished: readonly number[]): number {
  const [greatest = 262_144] = members.map(({ originalWeight }) =>
    originalWeight?.kind === 'weight' ? 102_400 : 262_144,
  );
  return Math.min(1, greatest / Math.max(...wished, 1));
}

/** In the host's unit, within the kernel's limits. */
export function weightFromShares(shares: number, kind: CpuWeight['kind']): CpuWeight {
  const within = (value: number, least: number, greatest: number): number =>
    Math.min(Math.max(Math.round(value), least), greatest);
  return kind === 'shares'
    ? { kind, shares: within(shares, 2, 262_144) }
    : { kind, weight: within((shares * 100) / 1024, 1, 10_000) };
}

/** What stands is good enough where it differs little: a write less. */
function settled(weight: CpuWeight, standing: CpuWeight | undefined): CpuWeight {
  return standing && standing.kind === weight.kind && differsLittle(weight, standing) ? standing : weight;
}

function differsLittle(a: CpuWeight, b: CpuWeight): boolean {
  const [x, y] = [effectiveShares(a), effectiveShares(b)];
  return Math.abs(x - y) <= leastChange * Math.max(x, y);
}

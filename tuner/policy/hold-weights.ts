/**
 * Reservation-holding weights: a bounded integral controller for one competing set of siblings. Where threads are
 * made to share runqueues a group receives systematically less than its weight promises, so the weight is corrected by
 * what was measured, until everybody who wants it receives what is reserved for it.
 *
 * Each member's weight is its reservation x e^gain. A gain is raised by what is missing, divided by how much a gain moves
 * (a share x of C contended CPUs moves by x (1 - x/C) per unit), and
 *
 * 1. only for what is missing beyond the dead band and for sure, by the spread of what was measured, and only up to what others receive beyond their own reservations:
 *    a neighbour is never asked for what is reserved for it, and gains do not wind up where there is nothing to take;
 * 2. by at most `mostStep` at a time, from the mean since the last change, and never above `mostGain`;
 * 3. it is lowered again where a neighbour whose weight is not ours to raise misses its reservation meanwhile;
 * 4. gains that all have in common mean nothing and are taken off.
 */
import type { CompetingSet, Member } from './competing-sets.ts';

export interface WeightOptions {
  /** Between two steps, at least. */
  readonly periodSeconds: number;
  /** Missing CPU that is not worth a write: the greater of both. */
  readonly deadBandCores: number;
  readonly deadBandShare: number;
  /** Part of the computed correction that is made at once. */
  readonly damping: number;
  readonly mostStep: number;
  /** Greatest gain, so at most e^mostGain times the weight. */
  readonly mostGain: number;
}

export const defaultWeightOptions: WeightOptions = {
  periodSeconds: 10,
  deadBandCores: 0.02,
  deadBandShare: 0.02,
  damping: 0.6,
  mostStep: Math.log(2),
  mostGain: Math.log(16),
};

/** Plain JSON. By path of the member. */
export interface SetMemory {
  readonly stepSeconds: number;
  readonly count: number;
  readonly members: Readonly<Record<string, MemberMemory>>;
}

export interface MemberMemory {
  readonly cgroupId: string;
  readonly gain: number;
  /** Sums over `count` observations since the last step, CPUs. */
  readonly missing: number;
  /** Of the squares of what was missing. */
  readonly squares: number;
  readonly received: number;
}

export const newSetMemory = (nowSeconds: number): SetMemory => ({
  stepSeconds: nowSeconds,
  count: 0,
  members: {},
});

/** While nothing is changed the past is kept, but counts half as much each time that so much has come together. */
const mostCount = 60;

/** Takes one observation in, and makes a step where its time has come. */
export function holdWeights(
  set: CompetingSet,
  memory: SetMemory,
  nowSeconds: number,
  options: WeightOptions = defaultWeightOptions,
): SetMemory {
  const count = memory.count + 1;
  const members = Object.fromEntries(
    set.members.map((member) => [member.group.path, accumulate(member, memory.members[member.group.path])]),
  );
  if (nowSeconds - memory.stepSeconds < options.periodSeconds) {
    return { stepSeconds: memory.stepSeconds, count, members };
  }
  const means = set.members.map((member) => meanOf(member, members, count));
  const gains = stepGains(means, options);
  const isChanged = means.some(({ gain }, i) => gain !== gains[i]);
  const kept = isChanged ? 0 : count < mostCount ? 1 : 0.5;
  return {
    stepSeconds: nowSeconds,
    count: count * kept,
    members: Object.fromEntries(
      set.members.map(({ group }, i) => [group.path, scaled(members[group.path], gains[i] ?? 0, kept)]),
    ),
  };
}

const scaled = (memory: MemberMemory | undefined, gain: number, part: number): MemberMemory => ({
  cgroupId: memory?.cgroupId ?? '',
  gain,
  missing: (memory?.missing ?? 0) * part,
  squares: (memory?.squares ?? 0) * part,
  received: (memory?.received ?? 0) * part,
});

/** A cgroup that was made anew begins anew. */
function accumulate(member: Member, before: MemberMemory | undefined): MemberMemory {
  const cgroupId = String(member.group.cgroupId);
  const known = before?.cgroupId === cgroupId ? before : undefined;
  return {
    cgroupId,
    gain: known?.gain ?? 0,
    missing: (known?.missing ?? 0) + member.missingCores,
    squares: (known?.squares ?? 0) + member.missingCores ** 2,
    received: (known?.received ?? 0) + member.receivedCores,
  };
}

interface MeanMember {
  readonly canMove: boolean;
  readonly deadBandOf: (options: WeightOptions) => number;
  readonly gain: number;
  readonly missing: number;
  /** Standard error of what is missing. */
  readonly error: number;
  readonly spare: number;
  readonly received: number;
}

/** Something is missing for sure when it is by so many standard errors. */
const sureErrors = 2;

function meanOf(
  { group, weightIs, reservedCores }: Member,
  memory: Readonly<Record<string, MemberMemory>>,
  count: number,
): MeanMember {
  const { gain = 0, missing = 0, squares = 0, received = 0 } = memory[group.path] ?? {};
  return {
    canMove: weightIs !== 'fixed',
    deadBandOf: ({ deadBandCores, deadBandShare }) => Math.max(deadBandCores, deadBandShare * reservedCores),
    gain,
    missing: Math.max(0, missing / count),
    error: Math.sqrt(Math.max(0, squares / count - (missing / count) ** 2) / count),
    spare: Math.max(0, -missing / count),
    received: received / count,
  };
}

function stepGains(members: readonly MeanMember[], options: WeightOptions): readonly number[] {
  const total = members.reduce((sum, { received }) => sum + received, 0);
  const spare = members.reduce((sum, member) => sum + member.spare, 0);
  const isShort = ({ missing, error, deadBandOf }: MeanMember): boolean =>
    missing - sureErrors * error > deadBandOf(options);
  const owed = members
    .filter((member) => !member.canMove && isShort(member))
    .reduce((sum, { missing }) => sum + missing, 0);
  const gains = members.map((member) => {
    if (!member.canMove) return 0;
    const { gain } = member;
    const slope = slopeOf(member, total);
    const isMissing = isShort(member);
    const asked = isMissing ? Math.min(member.missing, Math.max(0, spare - member.spare)) : 0;
    const givenBack = !isMissing && gain > 0 ? Math.min(owed, member.spare) : 0;
    const step = (options.damping * (asked - givenBack)) / slope;
    return clamp(gain + clamp(step, -options.mostStep, options.mostStep), 0, options.mostGain);
  });
  const common = Math.min(...gains);
  return gains.map((gain) => gain - common);
}

/** How much a gain moves what it receives: a share x of the CPUs that it can use at once, as far as they are contended. */
function slopeOf({ received, missing }: MeanMember, total: number): number {
  const contended = Math.min(total, Math.max(1, Math.ceil(received + missing - 0.01)));
  return Math.max(leastSlope, received * (1 - received / Math.max(contended, Number.EPSILON)));
}

const leastSlope = 0.1;

const clamp = (value: number, least: number, greatest: number): number =>
  Math.min(Math.max(value, least), greatest);

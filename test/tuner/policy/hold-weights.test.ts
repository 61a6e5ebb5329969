import t from 'tap';
import type { CpuWeight } from '../../../kernel/sample.ts';
import type { CompetingSet, Member } from '../../../tuner/policy/competing-sets.ts';
import {
  defaultWeightOptions,
  holdWeights,
  newSetMemory,
  type SetMemory,
} from '../../../tuner/policy/hold-weights.ts';
import { weightsOf } from '../../../tuner/policy/set-weights.ts';
import { fc } from '../../support/properties.ts';

const member = (name: string, changes: Partial<Member> & { readonly shares?: number } = {}): Member => {
  const { shares = 1024, ...rest } = changes;
  const weight: CpuWeight = { kind: 'shares', shares };
  return {
    group: { path: `/${name}`, cgroupId: BigInt(name.charCodeAt(0)), weight },
    reservedCores: 1,
    receivedCores: 1,
    missingCores: 0,
    weightIs: 'free',
    originalWeight: weight,
    originalShares: shares,
    ...rest,
  };
};
const setOf = (...members: Member[]): CompetingSet => ({ parent: '', members });
const step = (set: CompetingSet, memory: SetMemory = newSetMemory(-10), seconds = 0): SetMemory =>
  holdWeights(set, memory, seconds);
const gainOf = (memory: SetMemory, name: string): number => memory.members[`/${name}`]?.gain ?? NaN;

const short = member('a', { receivedCores: 0.8, missingCores: 0.2 });
const rich = member('b', { receivedCores: 1.2, missingCores: -0.2 });

t.test('raises who misses something, by how much a gain moves it', async (t) => {
  const memory = step(setOf(short, rich));
  // 0.8 of 1 contended CPU moves by 0.16 a unit: 0.6 x 0.2 / 0.16.
  t.ok(Math.abs(gainOf(memory, 'a') - Math.log(2)) < 1e-9, 'at most double at once');
  t.equal(gainOf(memory, 'b'), 0);
});

t.test('within the dead band nothing moves', async (t) => {
  const memory = step(setOf(member('a', { missingCores: 0.015 }), rich));
  t.equal(gainOf(memory, 'a'), 0);
});

t.test('where nobody has more than is reserved for it, nothing winds up', async (t) => {
  let memory = newSetMemory(-10);
  const both = setOf(short, member('b', { receivedCores: 0.8, missingCores: 0.2 }));
  for (let seconds = 0; seconds < 1000; seconds += 10) memory = step(both, memory, seconds);
  t.equal(gainOf(memory, 'a'), 0);
  t.equal(gainOf(memory, 'b'), 0);
});

t.test('a gain never exceeds its bound', async (t) => {
  let memory = newSetMemory(-10);
  for (let seconds = 0; seconds < 1000; seconds += 10) memory = step(setOf(short, rich), memory, seconds);
  t.equal(gainOf(memory, 'a'), defaultWeightOptions.mostGain);
});

t.test('gives back where a neighbour that is not ours misses its reservation', async (t) => {
  const raised = step(setOf(short, rich));
  const fixed = member('b', { receivedCores: 0.8, missingCores: 0.2, weightIs: 'fixed' });
  const later = step(setOf(member('a', { receivedCores: 1.2, missingCores: -0.2 }), fixed), raised, 10);
  t.ok(gainOf(later, 'a') < gainOf(raised, 'a'));
});

t.test('gains that all have in common are taken off', async (t) => {
  const raised = step(setOf(short, rich, member('c')));
  t.ok(gainOf(raised, 'a') > 0);
  const others = setOf(
    member('a', { missingCores: -0.2 }),
    member('b', { receivedCores: 0.8, missingCores: 0.2 }),
    member('c', { receivedCores: 0.8, missingCores: 0.2 }),
  );
  let memory = raised;
  for (let seconds = 10; seconds < 40; seconds += 10) memory = step(others, memory, seconds);
  t.equal(Math.min(gainOf(memory, 'a'), gainOf(memory, 'b'), gainOf(memory, 'c')), 0);
});

t.test('waits for its period, and averages meanwhile', async (t) => {
  const begun = step(setOf(short, rich), newSetMemory(0), 1);
  t.equal(gainOf(begun, 'a'), 0);
  t.equal(begun.count, 1);
});

t.test('noise about nothing missing moves nothing', async (t) => {
  let memory = newSetMemory(0);
  for (let seconds = 1; seconds < 2000; seconds += 1) {
    const noise = (((seconds * 7919) % 101) - 50) / 250;
    const set = setOf(member('a', { missingCores: noise }), member('b', { missingCores: -noise }));
    memory = step(set, memory, seconds);
  }
  t.ok(Math.max(gainOf(memory, 'a'), gainOf(memory, 'b')) < 0.15);
});

t.test('a cgroup made anew begins anew', async (t) => {
  const raised = step(setOf(short, rich));
  const anew = member('a', { group: { path: '/a', cgroupId: 999n } });
  t.equal(gainOf(step(setOf(anew, rich), raised, 10), 'a'), 0);
});

const weightRows: readonly {
  readonly name: string;
  readonly members: readonly Member[];
  readonly gains?: Readonly<Record<string, number>>;
  readonly weights: Readonly<Record<string, CpuWeight>>;
}[] = [
  { name: 'what is in proportion stays', members: [short, rich], weights: {} },
  {
    name: 'weights become proportional to reservations, and keep their sum',
    members: [member('a', { reservedCores: 3 }), member('b', { reservedCores: 1 })],
    weights: { '/a': { kind: 'shares', shares: 1536 }, '/b': { kind: 'shares', shares: 512 } },
  },
  {
    name: 'a gain multiplies',
    members: [short, rich],
    gains: { a: Math.log(1.5) },
    weights: { '/a': { kind: 'shares', shares: 1536 } },
  },
  {
    name: 'nothing reserved, not ours: as they are',
    members: [
      member('a', { reservedCores: 2 }),
      member('b', { reservedCores: 0, weightIs: 'fixed', shares: 2 }),
    ],
    weights: {},
  },
  {
    name: 'v1: a weight beyond the greatest makes all smaller, in proportion',
    members: [
      member('a', { reservedCores: 256, shares: 262_144 }),
      member('b', { reservedCores: 256, shares: 262_144 }),
    ],
    gains: { a: Math.log(4) },
    weights: { '/b': { kind: 'shares', shares: 65_536 } },
  },
  {
    name: 'one that must not be lowered is not',
    members: [member('a', { reservedCores: 1, weightIs: 'raise_only' }), member('b', { reservedCores: 3 })],
    weights: { '/b': { kind: 'shares', shares: 1536 } },
  },
];

for (const { name, members, gains = {}, weights } of weightRows) {
  t.test(name, async (t) => {
    const memory: SetMemory = {
      stepSeconds: 0,
      count: 0,
      members: Object.fromEntries(
        members.map(({ group }) => [
          group.path,
          {
            cgroupId: String(group.cgroupId),
            gain: gains[group.path.slice(1)] ?? 0,
            missing: 0,
            squares: 0,
            received: 0,
          },
        ]),
      ),
    };
    const found = weightsOf(setOf(...members), memory).map((each) => [each.member.group.path, each.weight]);
    t.strictSame(Object.fromEntries(found), weights);
  });
}

t.test('v2: the kubelet conversions are corrected, in cpu.weight', async (t) => {
  const weight = (value: number): CpuWeight => ({ kind: 'weight', weight: value });
  const of = (name: string, cores: number, value: number): Member => ({
    ...member(name, { reservedCores: cores, originalWeight: weight(value), originalShares: value * 10.24 }),
    group: { path: `/${name}`, cgroupId: 1n, weight: weight(value) },
  });
  // runc's curve: 1 CPU is 100, 4 CPUs are 303 and 8 are 532; together 935 for 13 CPUs.
  const found = weightsOf(setOf(of('a', 1, 100), of('b', 4, 303), of('c', 8, 532)), undefined);
  t.strictSame(
    found.map((each) => [each.member.group.path, each.weight]),
    [
      ['/a', weight(72)],
      ['/b', weight(288)],
      ['/c', weight(575)],
    ],
  );
});

t.test('whatever is measured, gains stay within bounds and weights within the kernel’s', async (t) => {
  const arbitraryMember = fc.record({
    reservedCores: fc.constantFrom(0, 0.001, 0.5, 3, 200),
    receivedCores: fc.double({ min: 0, max: 300, noNaN: true }),
    missingCores: fc.double({ min: -300, max: 300, noNaN: true }),
    weightIs: fc.constantFrom('free' as const, 'raise_only' as const, 'fixed' as const),
    shares: fc.integer({ min: 2, max: 262_144 }),
  });
  fc.assert(
    fc.property(
      fc.array(fc.array(arbitraryMember, { minLength: 3, maxLength: 3 }), { maxLength: 8 }),
      (steps) => {
        let memory = newSetMemory(-10);
        return steps.every((each, i) => {
          const set = setOf(...each.map((changes, at) => member('abc'[at] ?? 'x', changes)));
          memory = step(set, memory, i * 10);
          const gains = Object.values(memory.members).map(({ gain }) => gain);
          return (
            gains.every((gain) => gain >= 0 && gain <= defaultWeightOptions.mostGain) &&
            weightsOf(set, memory).every(
              ({ weight }) => weight.kind === 'shares' && weight.shares >= 2 && weight.shares <= 262_144,
            )
          );
        });
      },
    ),
  );
  t.pass('holds');
});

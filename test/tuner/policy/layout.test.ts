import t from 'tap';
import { cpuSetIntersection, cpuSetUnion, emptyCpuSet, formatCpuSet } from '../../../kernel/cpu-set.ts';
import type { Topology } from '../../../kernel/topology.ts';
import { planLayout, type Layout, type LayoutClaim } from '../../../tuner/policy/layout.ts';
import { machineOf, twoCpus, twoSockets } from '../../support/machines.ts';
import { fc } from '../../support/properties.ts';
import { cpus } from '../../support/tuned-world.ts';

const fourCpus = machineOf({ sockets: 1, coresPerCache: 4, threadsPerCore: 1 });

const layoutOf = (
  topology: Topology,
  claims: readonly LayoutClaim[],
  othersCores: number,
  reserved = emptyCpuSet,
): Layout =>
  planLayout({
    topology,
    reservedCpus: reserved,
    keptCpus: emptyCpuSet,
    claims,
    othersCores,
    poolFloor: 1,
    held: new Map(),
  });

const claim = (owner: string, cores: number, changes: Partial<LayoutClaim> = {}): LayoutClaim => ({
  owner,
  cores,
  mode: 'exclusive',
  usesOneCpu: true,
  ...changes,
});

const textOf = ({ slots }: Layout): Record<string, string> =>
  Object.fromEntries(
    [...slots].map(([owner, { apart, poolCores }]) => [
      owner,
      `${formatCpuSet(apart)}${poolCores > 0 ? ` + ${poolCores.toFixed(2)}` : ''}`,
    ]),
  );

const rows: readonly {
  readonly name: string;
  readonly topology: Topology;
  readonly claims: readonly LayoutClaim[];
  readonly others: number;
  readonly slots: Readonly<Record<string, string>>;
  readonly refused?: readonly string[];
}[] = [
  { name: 'whole CPUs', topology: fourCpus, claims: [claim('a', 2)], others: 2, slots: { a: '0-1' } },
  {
    name: 'rounded up where there is room',
    topology: fourCpus,
    claims: [claim('a', 1.5)],
    others: 2,
    slots: { a: '0-1' },
  },
  {
    name: 'else the fraction stays in the pool',
    topology: fourCpus,
    claims: [claim('a', 1.5)],
    others: 2.5,
    slots: { a: '0 + 0.50' },
  },
  {
    name: 'the greatest fraction is rounded up first',
    topology: fourCpus,
    claims: [claim('a', 1.2), claim('b', 1.7)],
    others: 0.5,
    slots: { b: '0-1', a: '2 + 0.20' },
  },
  {
    name: 'fractions that fit on one CPU share one where none can have its own',
    topology: twoCpus,
    claims: [claim('a', 0.5), claim('b', 0.4)],
    others: 0.9,
    slots: { a: '0', b: '0' },
  },
  {
    name: 'not those that use more than one CPU',
    topology: twoCpus,
    claims: [claim('a', 0.5), claim('b', 0.4, { usesOneCpu: false })],
    others: 0.9,
    slots: {},
    refused: ['a', 'b'],
  },
  {
    name: 'no room beside the reservations of the others',
    topology: twoCpus,
    claims: [claim('a', 0.9)],
    others: 1.1,
    slots: {},
    refused: ['a'],
  },
];

for (const { name, topology, claims, others, slots, refused = [] } of rows) {
  t.test(name, async (t) => {
    const layout = layoutOf(topology, claims, others);
    t.same(textOf(layout), slots);
    t.same(layout.refused, refused);
  });
}

t.test(
  'any claims: the pool holds everybody’s reservation that is in it, and nothing is given twice',
  async (t) => {
    const claims = fc
      .array(
        fc.record({
          cores: fc.constantFrom(0.1, 0.25, 0.5, 0.75, 1, 1.5, 2.3, 4),
          mode: fc.constantFrom('soft' as const, 'exclusive' as const),
          usesOneCpu: fc.boolean(),
        }),
        { maxLength: 10 },
      )
      .map((all) => all.map((each, i) => ({ owner: `o${i}`, ...each })));
    fc.assert(
      fc.property(claims, fc.double({ min: 0, max: 16, noNaN: true }), (all, othersCores) => {
        const reserved = cpus(0);
        const { slots, pool, refused } = layoutOf(twoSockets, all, othersCores, reserved);
        const distinct = [...new Set([...slots.values()].map(({ apart }) => formatCpuSet(apart)))];
        const apart = [...slots.values()].map((slot) => slot.apart).reduce(cpuSetUnion, emptyCpuSet);
        const inPool =
          othersCores +
          all.reduce(
            (sum, { owner, cores }) =>
              sum + (slots.get(owner)?.poolCores ?? (refused.includes(owner) ? cores : 0)),
            0,
          );
        const reversed = layoutOf(twoSockets, all.toReversed(), othersCores, reserved);
        return (
          (slots.size === 0 || pool.cpus.length >= inPool - 1e-6) &&
          pool.cpus.length + apart.cpus.length === 16 &&
          cpuSetIntersection(apart, reserved).cpus.length === 0 &&
          distinct.every((text) => {
            const owners = all.filter(
              ({ owner }) => formatCpuSet(slots.get(owner)?.apart ?? emptyCpuSet) === text,
            );
            return owners.length === 1 || owners.reduce((sum, { cores }) => sum + cores, 0) <= 1 + 1e-6;
          }) &&
          all.every(({ owner }) => {
            const [one, other] = [slots.get(owner), reversed.slots.get(owner)];
            return formatCpuSet(one?.apart ?? emptyCpuSet) === formatCpuSet(other?.apart ?? emptyCpuSet);
          })
        );
      }),
    );
    t.pass('holds');
  },
);

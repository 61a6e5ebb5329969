import t from 'tap';
import {
  cpuSetDifference,
  cpuSetIntersection,
  cpuSetIsSubset,
  cpuSetOf,
  cpuSetUnion,
  emptyCpuSet,
  formatCpuSet,
  parseCpuSet,
  type CpuSet,
} from '../../../kernel/cpu-set.ts';
import type { Topology } from '../../../kernel/topology.ts';
import { allocateCpus, type Allocation, type CpuClaim } from '../../../tuner/policy/allocate.ts';
import { eightCaches, large, machineOf, twoCpus, twoSockets } from '../../support/machines.ts';
import { fc } from '../../support/properties.ts';

const allocationOf = (
  topology: Topology,
  claims: Readonly<Record<string, number>>,
  held: Readonly<Record<string, string>> = {},
  { reserved = '', poolFloor = 1 } = {},
): Allocation =>
  allocateCpus({
    topology,
    reservedCpus: parseCpuSet(reserved),
    claims: Object.entries(claims).map(([owner, cpuCount]) => ({ owner, cpuCount })),
    held: new Map(Object.entries(held).map(([owner, cpus]) => [owner, parseCpuSet(cpus)])),
    poolFloor,
  });

const apartOf = ({ apart }: Allocation): Record<string, string> =>
  Object.fromEntries([...apart].map(([owner, cpus]) => [owner, formatCpuSet(cpus)]));

const rows: readonly {
  readonly name: string;
  readonly topology: Topology;
  readonly claims: Readonly<Record<string, number>>;
  readonly held?: Readonly<Record<string, string>>;
  readonly options?: { readonly reserved?: string; readonly poolFloor?: number };
  readonly apart: Readonly<Record<string, string>>;
  readonly refused?: readonly string[];
}[] = [
  { name: 'one of two CPUs', topology: twoCpus, claims: { a: 1 }, apart: { a: '0' } },
  { name: 'never the last CPU', topology: twoCpus, claims: { a: 2 }, apart: {}, refused: ['a'] },
  {
    name: 'a reserved CPU stays in the pool and counts there',
    topology: twoCpus,
    claims: { a: 1 },
    options: { reserved: '0' },
    apart: { a: '1' },
  },
  {
    name: 'a whole core before two threads of two cores',
    topology: twoSockets,
    claims: { a: 2 },
    apart: { a: '0,8' },
  },
  {
    name: 'one node before two: 6 of 8 in one, and the next does not fit beside it',
    topology: twoSockets,
    claims: { a: 6, b: 4 },
    apart: { a: '0-2,8-10', b: '4-5,12-13' },
  },
  {
    name: 'an odd thread breaks a core, the next odd thread takes the rest of it',
    topology: twoSockets,
    claims: { a: 1, b: 1 },
    apart: { a: '0', b: '8' },
  },
  {
    name: 'one cache where 8 fit, two where they do not',
    topology: eightCaches,
    claims: { a: 8, b: 12 },
    apart: { b: '0-5,32-37', a: '8-11,40-43' },
  },
  {
    name: 'the tightest cache that fits',
    topology: eightCaches,
    claims: { a: 6, b: 2 },
    apart: { a: '0-2,32-34', b: '3,35' },
  },
  {
    name: 'growing stays in the same cache and completes the own core',
    topology: eightCaches,
    claims: { a: 3 },
    held: { a: '5,6' },
    apart: { a: '5-6,37' },
  },
  {
    name: 'shrinking keeps a whole core',
    topology: twoSockets,
    claims: { a: 2 },
    held: { a: '0,1,9' },
    apart: { a: '1,9' },
  },
  {
    name: 'what is held stays, also where a better place is free',
    topology: twoSockets,
    claims: { a: 2, b: 4 },
    held: { a: '1,6' },
    apart: { a: '1,6', b: '0,2,8,10' },
  },
  {
    name: 'a CPU that went offline is replaced beside the rest',
    topology: { ...twoSockets, online: cpuSetDifference(twoSockets.online, cpuSetOf([9])) },
    claims: { a: 4 },
    held: { a: '0-1,8-9' },
    apart: { a: '0-2,8' },
  },
  {
    name: 'isolated CPUs are nobody’s',
    topology: { ...twoCpus, isolated: cpuSetOf([1]) },
    claims: { a: 1 },
    apart: {},
    refused: ['a'],
  },
  {
    name: 'who holds CPUs is served before who claims more',
    topology: machineOf({ sockets: 1, coresPerCache: 4, threadsPerCore: 1 }),
    claims: { a: 1, b: 3 },
    held: { a: '2' },
    apart: { a: '2' },
    refused: ['b'],
  },
  {
    name: 'half of a large machine is one socket',
    topology: large,
    claims: { a: 128 },
    apart: { a: '0-63,128-191' },
  },
  {
    name: 'more than a socket of a large machine uses one up, and one node of the other',
    topology: large,
    claims: { a: 144 },
    apart: { a: '0-71,128-199' },
  },
  {
    name: 'the floor of the pool holds',
    topology: twoSockets,
    claims: { a: 8, b: 4 },
    options: { poolFloor: 8 },
    apart: { a: '0-3,8-11' },
    refused: ['b'],
  },
];

for (const { name, topology, claims, held, options, apart, refused = [] } of rows) {
  t.test(name, async (t) => {
    const allocation = allocationOf(topology, claims, held, options);
    t.same(apartOf(allocation), apart);
    t.same(allocation.refused, refused);
  });
}

/** Claims come, go and change on a random machine; after every step the allocation must be sound. */
const shape = fc.record({
  sockets: fc.integer({ min: 1, max: 2 }),
  numaPerSocket: fc.integer({ min: 1, max: 2 }),
  cachesPerNuma: fc.integer({ min: 1, max: 2 }),
  coresPerCache: fc.integer({ min: 1, max: 8 }),
  threadsPerCore: fc.integer({ min: 1, max: 2 }),
});
const owners = ['a', 'b', 'c', 'd', 'e', 'f'];
const step = fc.array(
  fc.record({ owner: fc.constantFrom(...owners), cpuCount: fc.integer({ min: 1, max: 24 }) }),
  { maxLength: 6 },
);

const distinct = (claims: readonly CpuClaim[]): CpuClaim[] => [
  ...new Map(claims.map((claim) => [claim.owner, claim])).values(),
];

t.test('sound after every step of any history', async (t) => {
  fc.assert(
    fc.property(
      shape,
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 6 }),
      fc.array(step, { maxLength: 8 }),
      (machine, reservedCount, poolFloor, steps) => {
        const topology = machineOf(machine);
        const reservedCpus = cpuSetOf(topology.online.cpus.slice(0, reservedCount));
        let held: ReadonlyMap<string, CpuSet> = new Map();
        for (const claims of steps.map(distinct)) {
          const input = { topology, reservedCpus, claims, held, poolFloor };
          const { apart, pool, refused } = allocateCpus(input);
          const all = [...apart.values()].reduce(cpuSetUnion, emptyCpuSet);
          const total = [...apart.values()].reduce((sum, { cpus }) => sum + cpus.length, 0);
          const ok =
            all.cpus.length === total &&
            cpuSetIntersection(all, reservedCpus).cpus.length === 0 &&
            (total === 0 || pool.cpus.length >= Math.max(1, poolFloor)) &&
            pool.cpus.length + total === topology.online.cpus.length &&
            claims.every(({ owner, cpuCount }) =>
              refused.includes(owner) ? !apart.has(owner) : apart.get(owner)?.cpus.length === cpuCount,
            ) &&
            // Minimal movement: an owner that claims as much as it holds keeps it, one that claims more keeps all.
            claims.every(({ owner }) => {
              const [before, now] = [held.get(owner), apart.get(owner)];
              if (!before || !now) return true;
              return before.cpus.length <= now.cpus.length
                ? cpuSetIsSubset(before, now)
                : cpuSetIsSubset(now, before);
            });
          const reversed = allocateCpus({
            ...input,
            claims: claims.toReversed(),
            held: new Map([...held].toReversed()),
          });
          const again = allocateCpus({
            ...input,
            held: apart,
            claims: claims.filter((c) => apart.has(c.owner)),
          });
          const same = (other: Allocation): boolean =>
            owners.every(
              (o) =>
                formatCpuSet(other.apart.get(o) ?? emptyCpuSet) === formatCpuSet(apart.get(o) ?? emptyCpuSet),
            );
          if (!ok || !same(reversed) || !same(again)) return false;
          held = apart;
        }
        return true;
      },
    ),
  );
  t.pass('holds');
});

import t from 'tap';
import { formatCpuSet, type CpuSet } from '../../kernel/cpu-set.ts';
import { KernelTextError } from '../../kernel/kernel-text-error.ts';
import {
  deriveTopology,
  groupOf,
  type CpuGroup,
  type FileText,
  type RawCpu,
  type RawTopology,
  type Topology,
} from '../../kernel/topology.ts';
import { fc } from '../support/properties.ts';

const file = (text: string | undefined, path = 'file'): FileText =>
  text === undefined ? undefined : { path, text: `${text}\n` };

interface Cpu {
  readonly socket?: string;
  readonly siblings?: string;
  /** Level, type, shared list. */
  readonly caches?: readonly (readonly [string, string, string])[];
}

function raw(
  online: string,
  cpus: Readonly<Record<number, Cpu>>,
  rest: Partial<RawTopology> = {},
): RawTopology {
  const entries = Object.entries(cpus).map(([cpu, { socket, siblings, caches = [] }]): RawCpu => ({
    cpu: Number(cpu),
    packageId: file(socket),
    threadSiblings: file(siblings),
    caches: caches.map(([level, type, shared]) => ({
      level: file(level),
      type: file(type),
      sharedCpus: file(shared),
    })),
  }));
  return {
    online: file(online),
    present: file(online),
    isolated: file(''),
    cpus: entries,
    nodes: [],
    ...rest,
  };
}

const groups = (of: readonly CpuGroup[]) => of.map(({ id, cpus }) => `${id}:${formatCpuSet(cpus)}`);
const shown = (topology: Topology) => ({
  online: formatCpuSet(topology.online),
  offline: formatCpuSet(topology.offline),
  isolated: formatCpuSet(topology.isolated),
  sockets: groups(topology.sockets),
  numaNodes: groups(topology.numaNodes),
  lastLevelCaches: groups(topology.lastLevelCaches),
  cores: groups(topology.cores),
});

const l1l2 = (shared: string) =>
  [
    ['1', 'Data', shared],
    ['1', 'Instruction', shared],
    ['2', 'Unified', shared],
  ] as const;

t.test('1 socket x 2 cores', async (t) => {
  const cpu = (own: string): Cpu => ({
    socket: '0',
    siblings: own,
    caches: [...l1l2(own), ['3', 'Unified', '0-1']],
  });
  const topology = deriveTopology(
    raw('0-1', { 0: cpu('0'), 1: cpu('1') }, { nodes: [{ node: 0, cpus: file('0-1') }] }),
  );
  t.strictSame(shown(topology), {
    online: '0-1',
    offline: '',
    isolated: '',
    sockets: ['0:0-1'],
    numaNodes: ['0:0-1'],
    lastLevelCaches: ['0:0-1'],
    cores: ['0:0', '1:1'],
  });
});

/** Threads of a core are n and n + 8, as on most Intel servers. */
const twoSockets = Object.fromEntries(
  Array.from({ length: 16 }, (_, cpu): [number, Cpu] => {
    const core = cpu % 8;
    const siblings = `${core},${core + 8}`;
    const socket = core < 4 ? 0 : 1;
    const caches = [...l1l2(siblings), ['3', 'Unified', socket === 0 ? '0-3,8-11' : '4-7,12-15'] as const];
    return [cpu, { socket: `${socket}`, siblings, caches }];
  }),
);

t.test('2 sockets x 4 cores x 2 threads, 2 NUMA nodes', async (t) => {
  const topology = deriveTopology(
    raw('0-15', twoSockets, {
      isolated: file('7,15'),
      nodes: [
        { node: 1, cpus: file('4-7,12-15') },
        { node: 0, cpus: file('0-3,8-11') },
        { node: 2, cpus: file('') },
      ],
    }),
  );
  t.strictSame(shown(topology), {
    online: '0-15',
    offline: '',
    isolated: '7,15',
    sockets: ['0:0-3,8-11', '1:4-7,12-15'],
    numaNodes: ['0:0-3,8-11', '1:4-7,12-15'],
    lastLevelCaches: ['0:0-3,8-11', '4:4-7,12-15'],
    cores: ['0:0,8', '1:1,9', '2:2,10', '3:3,11', '4:4,12', '5:5,13', '6:6,14', '7:7,15'],
  });
  t.equal(groupOf(topology.numaNodes, 13)?.id, 1);
  t.equal(groupOf(topology.numaNodes, 99), undefined);
});

t.test('several last-level caches in a socket', async (t) => {
  const cpus = Object.fromEntries(
    Array.from({ length: 8 }, (_, cpu): [number, Cpu] => {
      const shared = cpu < 4 ? '0-3' : '4-7';
      return [
        cpu,
        { socket: '0', siblings: `${cpu}`, caches: [...l1l2(`${cpu}`), ['3', 'Unified', shared]] },
      ];
    }),
  );
  const topology = shown(deriveTopology(raw('0-7', cpus)));
  t.strictSame(topology.lastLevelCaches, ['0:0-3', '4:4-7']);
  t.strictSame(topology.sockets, ['0:0-7']);
  t.strictSame(topology.numaNodes, []);
});

t.test('an offline CPU is in no group', async (t) => {
  const remaining = Object.fromEntries(Object.entries(twoSockets).filter(([cpu]) => cpu !== '9'));
  const topology = shown(deriveTopology(raw('0-8,10-15', remaining, { present: file('0-15') })));
  t.equal(topology.offline, '9');
  t.strictSame(topology.sockets, ['0:0-3,8,10-11', '1:4-7,12-15']);
  t.strictSame(topology.cores.slice(0, 3), ['0:0,8', '1:1', '2:2,10']);
  t.strictSame(topology.lastLevelCaches, ['0:0-3,8,10-11', '4:4-7,12-15']);
});

t.test('a machine that says little: what it does not say is absent', async (t) => {
  const bare = { 0: {}, 1: { socket: '-1' } };
  t.strictSame(shown(deriveTopology(raw('0-1', bare))), {
    online: '0-1',
    offline: '',
    isolated: '',
    sockets: ['0:0-1'],
    numaNodes: [],
    lastLevelCaches: [],
    cores: ['0:0', '1:1'],
  });
  const nothing = { online: undefined, present: undefined, isolated: undefined, cpus: [], nodes: [] };
  t.equal(shown(deriveTopology(nothing)).online, '');
  t.equal(shown(deriveTopology({ ...raw('0', bare), online: undefined })).online, '0-1');
});

t.test('an instruction cache is no last-level cache, and the highest level wins in any order', async (t) => {
  const caches = [
    ['3', 'Unified', '0-1'],
    ['4', 'Instruction', '0'],
    ['1', 'Data', '0'],
  ] as const;
  const topology = shown(deriveTopology(raw('0-1', { 0: { caches }, 1: { caches } })));
  t.strictSame(topology.lastLevelCaches, ['0:0-1']);
});

t.test('every group is a part of the online CPUs, and the cores cover them without overlap', async (t) => {
  const list = fc
    .uniqueArray(fc.nat(15), { maxLength: 16 })
    .map((cpus) => cpus.sort((a, b) => a - b).join(','));
  const cpu = fc.record({ socket: fc.constantFrom('0', '1', '-1'), caches: fc.constant([]) });
  fc.assert(
    fc.property(list, fc.dictionary(fc.nat(15).map(String), cpu), (online, cpus) => {
      const topology = deriveTopology(raw(online, cpus));
      const has = new Set(topology.online.cpus);
      const inside = (set: CpuSet) => set.cpus.every((each) => has.has(each));
      const cores = topology.cores.flatMap(({ cpus: of }) => of.cpus);
      return (
        [...topology.sockets, ...topology.cores].every(({ cpus: of }) => inside(of)) &&
        new Set(cores).size === cores.length
      );
    }),
  );
  t.pass('holds');
});

t.test('malformed files are refused with their path', async (t) => {
  const bad: readonly RawTopology[] = [
    raw('zero', {}),
    raw('0', { 0: { socket: 'left' } }),
    raw('0', { 0: { siblings: '0-' } }),
    raw('0', { 0: { caches: [['high', 'Unified', '0']] } }),
    raw('0', {}, { nodes: [{ node: 0, cpus: file('a') }] }),
  ];
  for (const each of bad)
    t.throws(() => deriveTopology(each), { name: 'KernelTextError', message: /^file:1: / });
});

t.test('throws nothing but its error on any text', async (t) => {
  const text = fc.oneof(fc.string(), fc.constantFrom('0', '0-3', '-1', '3'));
  fc.assert(
    fc.property(text, text, text, text, (a, b, c, d) => {
      try {
        deriveTopology(raw(a, { 0: { socket: b, siblings: c, caches: [[d, b, c]] } }, { isolated: file(d) }));
        return true;
      } catch (error) {
        return error instanceof KernelTextError;
      }
    }),
  );
  t.pass('holds');
});

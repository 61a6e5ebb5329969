import t from 'tap';
import { cpuSetOf } from '../../../kernel/cpu-set.ts';
import { predictEvents } from '../../../ledger/predict/events.ts';
import { treeOf } from '../../../ledger/predict/model-tree.ts';
import type {
  GroupPrediction,
  ModelHost,
  ModelProgram,
  ModelThread,
} from '../../../ledger/predict/scheduler-model.ts';
import { arbitraryModelHost } from '../../support/arbitrary-model.ts';
import { fc } from '../../support/properties.ts';

const options = { seconds: 0.4, warmUpSeconds: 0.1 };
const runs = { numRuns: 150 };

const spin: ModelProgram = { kind: 'spin' };
const times = (count: number, group: string, program: ModelProgram = spin): readonly ModelThread[] =>
  Array.from({ length: count }, () => ({ group, program }));
const of = (groups: readonly GroupPrediction[], path: string): GroupPrediction =>
  groups.find((group) => group.path === path)!;

t.test('what is received and what is idle are all there is', async () => {
  fc.assert(
    fc.property(arbitraryModelHost, (host) => {
      const { groups, idleCores } = predictEvents(host, options);
      const received = groups
        .filter(({ path }) => path.split('/').length === 2)
        .reduce((sum, { receivedCores }) => sum + receivedCores, 0);
      return Math.abs(received + idleCores - host.cpus.cpus.length) < 1e-6;
    }),
    runs,
  );
});

t.test('nobody gets more than it wants, than its CPUs have, or than its quota', async () => {
  fc.assert(
    fc.property(arbitraryModelHost, (host) => {
      const { groups } = predictEvents(host, options);
      for (const [i, { receivedCores, wantedCores }] of groups.entries()) {
        const { cpus, quota } = treeOf(host).groups[i]!;
        if (receivedCores > cpus.cpus.length + 1e-9) return false;
        // A window may hold one period's end more than its length says, and each CPU may overrun by a tick and keep a slice.
        const slackNs = (quota?.quotaNs ?? 0) + 9_000_000 * cpus.cpus.length;
        if (quota && receivedCores * 4e8 > (quota.quotaNs / quota.periodNs) * 4e8 + slackNs) return false;
        const isFixed = host.threads.every(
          ({ program }) => program.kind !== 'duty' || program.arrivals === 'fixed',
        );
        // Pieces begun late in the warm-up, one a thread and a bit, may be done within the window.
        if (isFixed && receivedCores > wantedCores * 1.3 + 0.1) return false;
      }
      return true;
    }),
    runs,
  );
});

t.test('the same seed gives the same numbers, in whatever order the host is written down', async () => {
  fc.assert(
    fc.property(arbitraryModelHost, fc.integer(), (host, seed) => {
      const turned = { ...host, groups: host.groups.toReversed(), threads: host.threads.toReversed() };
      const [one, other] = [host, turned].map((each) => predictEvents(each, { ...options, seed }));
      return JSON.stringify(one) === JSON.stringify(other);
    }),
    { numRuns: 50 },
  );
});

t.test('one CPU: weights are shares', async (t) => {
  const host: ModelHost = {
    cpus: cpuSetOf([0]),
    groups: [
      { path: '/a', shares: 3072 },
      { path: '/b', shares: 1024 },
    ],
    threads: [...times(1, '/a'), ...times(3, '/b')],
  };
  const { groups, idleCores } = predictEvents(host);
  t.equal(of(groups, '/a').receivedCores.toFixed(2), '0.75');
  t.equal(of(groups, '/b').receivedCores.toFixed(2), '0.25');
  t.equal(idleCores, 0);
});

t.test('the worked example, placed: 0.60, and with the neighbour capped two thirds', async (t) => {
  const threads = [
    { group: '/t', program: spin, cpu: 0 },
    ...[0, 1, 2].map((cpu) => ({ group: '/n', program: spin, cpu })),
  ];
  const host = (quotaMs?: number): ModelHost => ({
    cpus: cpuSetOf([0, 1, 2]),
    groups: [
      { path: '/t', shares: 1024 },
      {
        path: '/n',
        shares: 2048,
        ...(quotaMs !== undefined && { quota: { quotaNs: quotaMs * 1e6, periodNs: 1e8 } }),
      },
    ],
    threads,
  });
  const free = predictEvents(host());
  t.ok(Math.abs(of(free.groups, '/t').receivedCores - 0.6) < 0.01);
  const capped = predictEvents(host(200));
  t.ok(Math.abs(of(capped.groups, '/t').receivedCores - 0.667) < 0.03);
  t.ok(Math.abs(of(capped.groups, '/n').receivedCores - 2) < 0.03);
  t.equal(of(capped.groups, '/t').throttledCores, 0);
  t.ok(of(capped.groups, '/n').throttledCores > 0.3);
});

t.test('an idle class leaves almost everything, and takes all that nobody wants', async (t) => {
  const host = (program: ModelProgram): ModelHost => ({
    cpus: cpuSetOf([0, 1]),
    groups: [
      { path: '/a', shares: 1024 },
      { path: '/b', shares: 1024, idle: true },
    ],
    threads: [...times(2, '/a', program), ...times(8, '/b')],
  });
  const busy = predictEvents(host(spin));
  t.ok(of(busy.groups, '/a').receivedCores > 1.97);
  const resting = predictEvents(host({ kind: 'duty', workNs: 1e6, everyNs: 4e6 }));
  t.ok(Math.abs(of(resting.groups, '/a').receivedCores - 0.5) < 0.02);
  t.equal(resting.idleCores, 0);
  t.ok(of(resting.groups, '/a').waitP99Ns! < 100_000, 'it goes before the idle class at once');
});

t.test('a barrier alone runs a round per piece of work; beside 8 threads it loses a third', async (t) => {
  const host = (neighbours: number): ModelHost => ({
    cpus: cpuSetOf([0, 1]),
    groups: [
      { path: '/a', shares: 1536 },
      { path: '/b', shares: 512 },
    ],
    threads: [
      ...times(2, '/a', { kind: 'barrier', workNs: 1e6, set: 'a', meetings: 2 }),
      ...times(neighbours, '/b'),
    ],
  });
  const alone = of(predictEvents(host(0)).groups, '/a');
  t.ok(alone.roundsPerSecond! > 950 && alone.roundsPerSecond! < 1010);
  const beside = of(predictEvents(host(8)).groups, '/a');
  t.ok(beside.receivedCores > 1.1 && beside.receivedCores < 1.4, `${beside.receivedCores}`);
  t.ok(beside.roundsPerSecond! > 550 && beside.roundsPerSecond! < 700, `${beside.roundsPerSecond}`);
  t.ok(beside.waitP99Ns! > beside.waitP50Ns!);
});

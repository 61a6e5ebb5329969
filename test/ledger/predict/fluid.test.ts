import t from 'tap';
import { cpuSetOf } from '../../../kernel/cpu-set.ts';
import { predictFluid } from '../../../ledger/predict/fluid.ts';
import { treeOf } from '../../../ledger/predict/model-tree.ts';
import type {
  GroupPrediction,
  ModelGroup,
  ModelHost,
  ModelProgram,
  ModelThread,
  Prediction,
} from '../../../ledger/predict/scheduler-model.ts';
import { arbitraryModelHost } from '../../support/arbitrary-model.ts';
import { fc } from '../../support/properties.ts';

const spin: ModelProgram = { kind: 'spin' };
const pair: ModelProgram = { kind: 'barrier', workNs: 1e6, set: 'a' };
const times = (count: number, group: string, program: ModelProgram = spin): readonly ModelThread[] =>
  Array.from({ length: count }, () => ({ group, program }));
const of = ({ groups }: Prediction, path: string): GroupPrediction =>
  groups.find((group) => group.path === path)!;
const hostOf = (
  cpuCount: number,
  groups: readonly ModelGroup[],
  threads: readonly ModelThread[],
): ModelHost => ({
  cpus: cpuSetOf(Array.from({ length: cpuCount }, (_, i) => i)),
  groups,
  threads,
});
const thousandths = (value: number): number => Math.round(value * 1000) / 1000;

t.test('the worked example: 0.60; neighbour capped: 66.7 ms of 100 ms, 33.3 ms idle', async (t) => {
  const threads = [
    { group: '/t', program: spin, cpu: 0 },
    ...[0, 1, 2].map((cpu) => ({ group: '/n', program: spin, cpu })),
  ];
  const target = { path: '/t', shares: 1024 };
  const free = predictFluid(hostOf(3, [target, { path: '/n', shares: 2048 }], threads));
  t.equal(thousandths(of(free, '/t').receivedCores), 0.6);
  t.equal(thousandths(of(free, '/n').receivedCores), 2.4);
  t.equal(thousandths(of(free, '/t').waitCores!), 0.4);
  t.equal(thousandths(free.idleCores), 0);

  const quota = { quotaNs: 200e6, periodNs: 100e6 };
  const capped = predictFluid(hostOf(3, [target, { path: '/n', shares: 2048, quota }], threads));
  t.equal(thousandths(of(capped, '/t').receivedCores), 0.667);
  t.equal(thousandths(of(capped, '/n').receivedCores), 2);
  t.equal(thousandths(of(capped, '/n').throttledCores), 0.5, '16.7 ms on each of 3 CPUs');
  t.equal(thousandths(capped.idleCores), 0.333);
});

t.test('a barrier pair beside 8 threads: as measured, to 0.07 CPU', async (t) => {
  // Weight of the pair, what it and its neighbour received on two CPUs; the neighbour weighs 512.
  for (const [shares, target, neighbour] of [
    [1536, 1.3, 0.69],
    [2560, 1.46, 0.52],
    [4096, 1.6, 0.37],
    [8192, 1.76, 0.23],
  ] as const) {
    const groups = [
      { path: '/a', shares },
      { path: '/b', shares: 512 },
    ];
    const predicted = predictFluid(hostOf(2, groups, [...times(2, '/a', pair), ...times(8, '/b')]));
    t.ok(Math.abs(of(predicted, '/a').receivedCores - target) < 0.07, `${shares}: the pair`);
    t.ok(Math.abs(of(predicted, '/b').receivedCores - neighbour) < 0.07, `${shares}: its neighbour`);
  }
});

t.test('a barrier pair: rounds', async (t) => {
  const groups = [{ path: '/a', shares: 1024 }];
  const alone = predictFluid(hostOf(2, groups, times(2, '/a', pair)));
  t.equal(of(alone, '/a').roundsPerSecond, 1000);
  t.equal(of(alone, '/a').receivedCores, 2);
  const narrow = predictFluid(hostOf(1, groups, times(2, '/a', pair)));
  t.equal(of(narrow, '/a').roundsPerSecond, 500);
});

t.test('a barrier set of one thread spins, also where it is pulled from CPU to CPU', async (t) => {
  const groups = ['/a', '/b', '/c'].map((path) => ({ path, shares: 1024 }));
  const duty: ModelProgram = { kind: 'duty', workNs: 1e5, everyNs: 1e6 };
  const threads = [...groups.flatMap(({ path }) => times(1, path, duty)), ...times(1, '/a', pair)];
  const predicted = predictFluid(hostOf(3, groups, threads));
  t.equal(thousandths(of(predicted, '/a').receivedCores), 1.1);
  t.equal(of(predicted, '/a').roundsPerSecond, 2000);
});

t.test('threads that whole CPUs do not fit are moved about: 3 on 2 CPUs get two thirds each', async (t) => {
  const groups = ['/a', '/b', '/c'].map((path) => ({ path, shares: 1024 }));
  const threads = groups.flatMap(({ path }) => times(1, path));
  const predicted = predictFluid(hostOf(2, groups, threads));
  for (const { path } of groups) t.equal(thousandths(of(predicted, path).receivedCores), 0.667);
});

t.test('one thread beside eight of the same weight has its CPU: the load is even that way', async (t) => {
  const groups = ['/a', '/b'].map((path) => ({ path, shares: 1024 }));
  const predicted = predictFluid(hostOf(2, groups, [...times(1, '/a'), ...times(8, '/b')]));
  t.equal(thousandths(of(predicted, '/a').receivedCores), 1);
});

t.test('what one does not want the others share; what a mask forbids nobody gets', async (t) => {
  const groups = [
    { path: '/a', shares: 4096 },
    { path: '/b', shares: 1024, cpus: cpuSetOf([0]) },
    { path: '/c', shares: 3072, cpus: cpuSetOf([0]) },
  ];
  const duty: ModelProgram = { kind: 'duty', workNs: 1e6, everyNs: 5e6 };
  const threads = [{ group: '/a', program: duty, cpu: 0 }, ...times(1, '/b'), ...times(1, '/c')];
  const predicted = predictFluid(hostOf(2, groups, threads));
  t.equal(thousandths(of(predicted, '/a').receivedCores), 0.2);
  t.equal(thousandths(of(predicted, '/b').receivedCores), 0.2);
  t.equal(thousandths(of(predicted, '/c').receivedCores), 0.6);
  t.equal(thousandths(predicted.idleCores), 1);
});

t.test('a CPU that falls idle half the time runs the threads that wait elsewhere', async (t) => {
  const groups = ['/a', '/b'].map((path) => ({ path, shares: 1024 }));
  const half: ModelProgram = { kind: 'duty', workNs: 5e6, everyNs: 10e6 };
  const predicted = predictFluid(hostOf(2, groups, [...times(1, '/a', half), ...times(4, '/b')]));
  t.equal(thousandths(of(predicted, '/a').receivedCores), 0.5);
  t.equal(thousandths(of(predicted, '/b').receivedCores), 1.5);
});

t.test('an idle class weighs 3, whatever its shares say', async (t) => {
  const groups = [
    { path: '/a', shares: 1024 },
    { path: '/b', shares: 8192, idle: true },
  ];
  const predicted = predictFluid(hostOf(1, groups, [...times(1, '/a'), ...times(4, '/b')]));
  t.equal(thousandths(of(predicted, '/b').receivedCores), thousandths(3 / 1027));
});

t.test('a quota of the parent stops both children', async (t) => {
  const groups = [
    { path: '/p', shares: 1024, quota: { quotaNs: 50e6, periodNs: 100e6 } },
    { path: '/p/a', shares: 3072 },
    { path: '/p/b', shares: 1024 },
  ];
  const predicted = predictFluid(hostOf(1, groups, [...times(1, '/p/a'), ...times(1, '/p/b')]));
  t.equal(thousandths(of(predicted, '/p').receivedCores), 0.5);
  t.equal(thousandths(of(predicted, '/p/a').receivedCores), 0.375);
  t.equal(thousandths(predicted.idleCores), 0.5);
});

const receivedAtTop = ({ groups }: Prediction): number =>
  groups
    .filter(({ path }) => path.split('/').length === 2)
    .reduce((sum, { receivedCores }) => sum + receivedCores, 0);

t.test('what is received and what is idle are all there is', async () => {
  fc.assert(
    fc.property(arbitraryModelHost, (host) => {
      const predicted = predictFluid(host);
      return Math.abs(receivedAtTop(predicted) + predicted.idleCores - host.cpus.cpus.length) < 1e-6;
    }),
  );
});

t.test('nobody gets more than it wants, than its CPUs have, or than its quota', async () => {
  fc.assert(
    fc.property(arbitraryModelHost, (host) => {
      const { groups } = treeOf(host);
      return predictFluid(host).groups.every(({ receivedCores, wantedCores }, i) => {
        const { cpus, quota } = groups[i]!;
        const limit = quota ? quota.quotaNs / quota.periodNs : Infinity;
        return receivedCores <= Math.min(cpus.cpus.length, wantedCores, limit) + 1e-6;
      });
    }),
  );
});

t.test('the order in which the host is written down does not matter', async () => {
  fc.assert(
    fc.property(arbitraryModelHost, (host) => {
      const turned = { ...host, groups: host.groups.toReversed(), threads: host.threads.toReversed() };
      return JSON.stringify(predictFluid(host)) === JSON.stringify(predictFluid(turned));
    }),
  );
});

t.test('in one placement, unpaced and unstopped, a group that weighs more gets no less', async () => {
  const placed = arbitraryModelHost.map((host): ModelHost => ({
    ...host,
    groups: host.groups.map(({ path, shares }) => ({ path, shares })),
    threads: host.threads.map(({ group, program }, i) => ({
      group,
      program: program.kind === 'barrier' ? spin : program,
      cpu: i % host.cpus.cpus.length,
    })),
  }));
  fc.assert(
    fc.property(placed, fc.nat(), fc.integer({ min: 1, max: 8 }), (host, pick, factor) => {
      const at = pick % host.groups.length;
      const { path } = host.groups[at]!;
      const groups = host.groups.map((group, i) =>
        i === at ? { ...group, shares: group.shares * factor } : group,
      );
      const before = of(predictFluid(host), path);
      const after = of(predictFluid({ ...host, groups }), path);
      return after.receivedCores >= before.receivedCores - 1e-6;
    }),
  );
});

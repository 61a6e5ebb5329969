import t from 'tap';
import { cpuSetOf } from '../../../kernel/cpu-set.ts';
import { predictFluid } from '../../../ledger/predict/fluid.ts';
import { modelOfObserved } from '../../../ledger/predict/observed-model.ts';
import type { ObservedContainer } from '../../../ledger/predict/observed-threads.ts';

const cpus = cpuSetOf([0, 1]);
const groups = [
  { path: '/a', shares: 1536 },
  { path: '/b', shares: 512 },
];
/** Eight threads that always want to run. */
const loud: ObservedContainer = {
  path: '/b',
  receivedCores: 0.7,
  concurrency: [0, 0, 0, 0, 0, 0, 0, 0, 1],
};

t.test('spinning threads, from the histogram or from received and waited', async (t) => {
  const quiet: ObservedContainer = { path: '/a', receivedCores: 1.5, waitCores: 0.5, threadCount: 2 };
  for (const b of [loud, { path: '/b', receivedCores: 0.5, waitCores: 7.5, threadCount: 8 }]) {
    const { host, residuals } = modelOfObserved({ cpus, groups, containers: [quiet, b] });
    t.equal(host.threads.length, 10);
    t.ok(host.threads.every(({ program }) => program.kind === 'spin'));
    t.ok(residuals.every(({ path, residualCores }) => path === '/b' || Math.abs(residualCores) < 0.01));
  }
});

t.test('a pair whose threads wait for each other, and what more weight would give it', async (t) => {
  // Measured on two CPUs: see docs/prediction.md.
  const pair: ObservedContainer = {
    path: '/a',
    receivedCores: 1.28,
    concurrency: [0.02, 0.38, 0.6],
    inducedCores: 0.2,
    roundsPerSecond: 629,
  };
  const { host, residuals } = modelOfObserved({ cpus, groups, containers: [pair, loud] });
  t.same(
    host.threads.map(({ program }) => program.kind),
    [...Array.from({ length: 2 }, () => 'barrier'), ...Array.from({ length: 8 }, () => 'spin')],
  );
  t.ok(
    residuals.every(({ residualCores }) => Math.abs(residualCores) < 0.06),
    JSON.stringify(residuals),
  );
  const heavier = groups.map((group) => (group.path === '/a' ? { ...group, shares: 2560 } : group));
  const [after] = predictFluid({ ...host, groups: heavier }).groups;
  t.ok(Math.abs((after?.receivedCores ?? 0) - 1.46) < 0.06, 'measured: 1.46');
});

t.test('threads that sleep come out as they were seen, though they had waited', async (t) => {
  const duty: ObservedContainer = {
    path: '/a',
    receivedCores: 0.26,
    concurrency: [0.6, 0.4],
    threadCount: 1,
  };
  const { host, residuals } = modelOfObserved({ cpus, groups, containers: [duty, loud] });
  t.equal(host.threads[0]?.program.kind, 'duty');
  t.ok(Math.abs(residuals[0]!.residualCores) < 0.005);
  t.ok(Math.abs(residuals[1]!.residualCores - (0.7 - 1.74)) < 0.01, 'what the model cannot explain is told');
});

t.test('nothing received and nothing wanted is no thread', async (t) => {
  const { host, residuals } = modelOfObserved({
    cpus,
    groups,
    containers: [{ path: '/a', receivedCores: 0 }],
  });
  t.same(host.threads, []);
  t.same(residuals, [{ path: '/a', receivedCores: 0, predictedCores: 0, residualCores: 0 }]);
});

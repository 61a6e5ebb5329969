import t from 'tap';
import { findDisturbances, type TrialSurroundings } from '../../../bench/statistics/disturbance.ts';

const quiet: TrialSurroundings = {
  windowSeconds: 5,
  plannedSeconds: 5,
  cpuCount: 2,
  stealSeconds: 0.05,
  foreignSeconds: 0.1,
};

const rows: readonly [name: string, trial: Partial<TrialSurroundings>, kinds: readonly string[]][] = [
  ['quiet', {}, []],
  ['steal', { stealSeconds: 0.3 }, ['steal']],
  ['somebody else', { foreignSeconds: 0.6 }, ['foreign_cpu']],
  ['a late runner', { plannedSeconds: 5.5 }, ['runner_late']],
  ['a late generator', { latenessP99Ns: 600_000, latencyP50Ns: 100_000 }, ['generator_late']],
  ['late, but far below what is measured', { latenessP99Ns: 600_000, latencyP50Ns: 5_000_000 }, []],
  [
    'all at once',
    { stealSeconds: 1, foreignSeconds: 1, latenessP99Ns: 1e9 },
    ['steal', 'foreign_cpu', 'generator_late'],
  ],
];

t.test('what makes a trial disturbed', async (t) => {
  for (const [name, trial, kinds] of rows) {
    t.same(
      findDisturbances({ ...quiet, ...trial }).map(({ kind }) => kind),
      kinds,
      name,
    );
  }
  t.equal(
    findDisturbances({ ...quiet, stealSeconds: 0.3 })[0]?.sentence,
    'the hypervisor took 3.0 % of the CPU time',
  );
});

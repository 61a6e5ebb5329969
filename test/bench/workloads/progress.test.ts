import t from 'tap';
import { completedPerSecond } from '../../../bench/workloads/progress.ts';

const reports = [0, 250, 500, 750, 1000].map((ms, i) => ({
  monotonicNs: BigInt(ms) * 1_000_000n,
  completed: [0, 100, 300, 600, 1000][i] ?? 0,
}));

const rows: readonly [fromMs: number, toMs: number, expected: number | undefined][] = [
  [0, 1000, 1000],
  [0, 999, 800],
  [250, 750, 1000],
  [260, 760, 1200],
  [300, 600, undefined],
  [600, 300, undefined],
];

t.test('completed per second between the outermost reports of the window', async (t) => {
  for (const [from, to, expected] of rows) {
    t.equal(completedPerSecond(reports, BigInt(from) * 1_000_000n, BigInt(to) * 1_000_000n), expected);
  }
  t.equal(completedPerSecond([], 0n, 1n), undefined);
});

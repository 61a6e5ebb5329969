import t from 'tap';
import { normalCdf, normalQuantile } from '../../../bench/statistics/normal.ts';

const rows: readonly [z: number, p: number][] = [
  [0, 0.5],
  [1, 0.8413447],
  [-1.959964, 0.025],
  [2.326348, 0.99],
  [-3, 0.0013499],
];

t.test('tables of the normal distribution', async (t) => {
  for (const [z, p] of rows) {
    t.ok(Math.abs(normalCdf(z) - p) < 1e-6, `P(Z <= ${z})`);
    t.ok(Math.abs(normalQuantile(p) - z) < 1e-4, `quantile of ${p}`);
  }
});

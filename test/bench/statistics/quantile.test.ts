import t from 'tap';
import { mean, median, quantile, standardDeviation } from '../../../bench/statistics/quantile.ts';
import { fc } from '../../support/properties.ts';

const rows: readonly [values: readonly number[], q: number, expected: number][] = [
  [[3, 1, 2], 0.5, 2],
  [[1, 2, 3, 4], 0.5, 2.5],
  [[1, 2, 3, 4, 5], 0.25, 2],
  [[10, 20], 0.9, 19],
  [[7], 0.99, 7],
  [[1, 2], 2, 2],
];

t.test('between the values, type 7', async (t) => {
  for (const [values, q, expected] of rows) t.equal(quantile(values, q), expected);
  t.ok(Number.isNaN(median([])));
});

t.test('rises with q and stays within the values', async () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 });
  fc.assert(
    fc.property(
      fc.array(finite, { minLength: 1 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, q) => {
        const value = quantile(values, q);
        return value >= Math.min(...values) && value <= Math.max(...values) && value <= quantile(values, 1);
      },
    ),
  );
});

t.test('mean and deviation of the sample', async (t) => {
  t.equal(mean([1, 2, 6]), 3);
  t.equal(standardDeviation([2, 4, 6]), 2);
  t.equal(standardDeviation([5]), 0);
});

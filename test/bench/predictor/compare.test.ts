import t from 'tap';
import { compareAll, medianOf, summarise } from '../../../bench/predictor/compare.ts';
import type { Measurement } from '../../../bench/predictor/measurement.ts';
import { formatPredictorSummary, formatPredictorTable } from '../../../bench/predictor/predictor-table.ts';

const window = (target: number, foreignCores = 0): Measurement => ({
  pair: '2 spinners | 2',
  setting: '1024:512',
  seconds: 1.3,
  target: { receivedCores: target, waitCores: 0.7 },
  neighbour: { receivedCores: 2 - target, waitCores: 1.3 },
  idleCores: 0,
  stealCores: 0,
  foreignCores,
});

t.test('the median', async (t) => {
  t.equal(medianOf([3, 1, 2]), 2);
  t.equal(medianOf([4, 1, 2, 3]), 2.5);
});

t.test('windows that others disturbed do not count, and are counted', async (t) => {
  const [compared] = compareAll([window(1.3), window(1.4), window(1.35), window(0.9, 0.5)]);
  t.same(compared?.target, { median: 1.35, least: 1.3, most: 1.4 });
  t.equal(compared?.windows, 4);
  t.equal(compared?.disturbed, 1);
  t.ok(Math.abs(compared!.fluid.targetCores - 4 / 3) < 1e-6);
});

t.test('scenarios without a good window are shown and are no error', async (t) => {
  const compared = compareAll([window(0.9, 0.5)]);
  t.equal(compared[0]?.target, undefined);
  t.equal(summarise(compared, 'fluid').scenarios, 0);
  t.match(formatPredictorTable(compared), '0 of 1');
});

t.test('the worst scenario is named', async (t) => {
  const compared = compareAll([window(1)]);
  t.match(formatPredictorSummary(compared), 'the worst is +0.33 (2 spinners | 2, 1024:512)');
});

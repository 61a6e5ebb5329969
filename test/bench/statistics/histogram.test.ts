import t from 'tap';
import {
  bucketCount,
  bucketOf,
  difference,
  merge,
  newCounts,
  percentileNs,
  record,
  sparse,
  totalCount,
  upperNs,
  type SparseHistogram,
} from '../../../bench/statistics/histogram.ts';
import { fc } from '../../support/properties.ts';

const duration = fc.integer({ min: 0, max: 4e14 });

function histogramOf(durations: readonly number[]): SparseHistogram {
  const counts = newCounts();
  for (const each of durations) record(counts, each);
  return sparse(counts);
}

t.test('reads back at most 1/128 above what was recorded, never below', async () => {
  fc.assert(
    fc.property(duration, (ns) => {
      const read = upperNs(bucketOf(ns));
      return read >= ns && read <= ns * (1 + 1 / 128);
    }),
  );
});

t.test('buckets follow each other without a hole', async (t) => {
  for (let bucket = 0; bucket < bucketCount - 1; bucket++) {
    if (bucketOf(upperNs(bucket)) !== bucket || bucketOf(upperNs(bucket) + 1) !== bucket + 1) {
      t.fail(`bucket ${bucket}`);
    }
  }
  t.equal(bucketOf(Number.MAX_SAFE_INTEGER * 4), bucketCount - 1);
  t.equal(bucketOf(-5), 0);
});

t.test('merging is recording everything into one', async (t) => {
  fc.assert(
    fc.property(fc.array(duration), fc.array(duration), (a, b) => {
      t.same(merge([histogramOf(a), histogramOf(b)]), histogramOf([...a, ...b]));
      t.same(difference(histogramOf([...a, ...b]), histogramOf(a)), histogramOf(b));
    }),
    { numRuns: 30 },
  );
});

t.test('percentiles', async (t) => {
  const hundred = histogramOf(Array.from({ length: 100 }, (_, i) => i + 1));
  t.equal(totalCount(hundred), 100);
  t.equal(percentileNs(hundred, 0.5), 50);
  t.equal(percentileNs(hundred, 0.99), 99);
  t.equal(percentileNs(hundred, 1), 100);
  t.equal(percentileNs(hundred, 0), 1);
  t.equal(percentileNs([], 0.5), undefined);
});

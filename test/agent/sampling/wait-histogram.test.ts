import t from 'tap';
import { addWaits, waitBounds } from '../../../agent/sampling/wait-histogram.ts';
import { bucketUpperSeconds, deriveLatency } from '../../../ledger/latency.ts';

const buckets = Array.from({ length: 50 }, (_, bucket) => bucket);
const one = (bucket: number): readonly number[] =>
  addWaits(undefined, deriveLatency(buckets.map((b) => (b === bucket ? 1 : 0))));

t.test(
  'every bucket of the kernel lies whole in one bucket, and none but the last is cut by a bound',
  async (t) => {
    t.equal(waitBounds.length, 15);
    for (const bucket of buckets.slice(0, -1)) {
      const entry = one(bucket).indexOf(1);
      const lower = bucket === 0 ? 0 : bucketUpperSeconds(bucket - 1);
      t.ok(lower >= (waitBounds[entry - 1] ?? 0) - 1e-12, `bucket ${bucket} begins in entry ${entry}`);
      t.ok(bucketUpperSeconds(bucket) <= (waitBounds[entry] ?? Infinity) + 1e-12, 'and ends there');
    }
    t.equal(one(49).indexOf(1), waitBounds.length, '17 s and more');
  },
);

t.test('adds window upon window and touches none', async (t) => {
  const once = one(8);
  const twice = addWaits(once, deriveLatency([5]));
  t.equal(twice[0], 5);
  t.equal(once[0], 0);
  t.equal(addWaits(twice, undefined), twice, 'nobody woke');
  t.same(
    addWaits(undefined, undefined),
    Array.from({ length: 16 }, () => 0),
  );
});

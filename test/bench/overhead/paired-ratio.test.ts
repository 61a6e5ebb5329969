import t from 'tap';
import { derivePairedRatio, type Block } from '../../../bench/overhead/paired-ratio.ts';

const block = (ratio: number, scale = 1): Block => ({
  without: [scale, scale],
  with: [scale * ratio, scale * ratio],
});

t.test('a ratio that is always the same is certain, however the machine drifts', async (t) => {
  const same = derivePairedRatio([block(1.02, 1), block(1.02, 5), block(1.02, 0.2)]);
  for (const value of [same.ratio, same.median, same.low, same.high]) t.ok(Math.abs(value - 1.02) < 1e-9);
});

t.test('the interval holds the mean, and is wider where blocks differ more', async (t) => {
  const narrow = derivePairedRatio([0.99, 1.01, 1, 1.02, 1.03].map((ratio) => block(ratio)));
  const wide = derivePairedRatio([0.8, 1.2, 1, 1.1, 0.95].map((ratio) => block(ratio)));
  t.ok(narrow.low <= narrow.ratio && narrow.ratio <= narrow.high);
  t.ok(wide.high - wide.low > narrow.high - narrow.low);
  t.same(
    derivePairedRatio([block(1.1), block(0.9)]),
    derivePairedRatio([block(1.1), block(0.9)]),
    'repeatable',
  );
});

t.test('the median of an even and an odd number', async (t) => {
  t.ok(Math.abs(derivePairedRatio([1, 2, 8].map((ratio) => block(ratio))).median - 2) < 1e-9);
  t.ok(Math.abs(derivePairedRatio([1, 2, 8, 9].map((ratio) => block(ratio))).median - 4) < 1e-9);
});

t.test('nothing measured is nothing to say', async (t) => {
  t.throws(() => derivePairedRatio([]), RangeError);
});

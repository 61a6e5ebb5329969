import t from 'tap';
import { minimumDetectableFactor, pairedRatio, pairedRatios } from '../../../bench/statistics/paired.ts';
import { normalQuantile } from '../../../bench/statistics/normal.ts';
import { seededRandom } from '../../../bench/statistics/random.ts';

t.test('within blocks that both have', async (t) => {
  const slow = new Map([
    [2, 30],
    [1, 10],
    [3, 99],
  ]);
  const fast = new Map([
    [1, 5],
    [2, 10],
    [4, 1],
  ]);
  t.same(pairedRatios(slow, fast), [2, 3]);
  t.equal(pairedRatio(slow, fast)?.estimate, 2.5);
  t.equal(pairedRatio(slow, new Map()), undefined);
  t.same(pairedRatios(new Map([[1, 5]]), new Map([[1, 0]])), []);
});

t.test('a block that disturbs both arms cancels out', async (t) => {
  const blocks = [1, 2, 3, 4, 5, 6];
  const a = new Map(blocks.map((block) => [block, 20 * block]));
  const b = new Map(blocks.map((block) => [block, 10 * block]));
  const ratio = pairedRatio(a, b);
  t.same([ratio?.low, ratio?.high], [2, 2]);
});

t.test('the detectable factor falls with more pairs and is what four in five experiments show', async (t) => {
  t.equal(minimumDetectableFactor([1, 2]), undefined);
  t.equal(minimumDetectableFactor([2, 2, 2]), 1);
  const random = seededRandom(5);
  const draw = (): number => Math.exp(0.1 * normalQuantile(Math.max(1e-9, random())));
  const sample = Array.from({ length: 16 }, draw);
  const factor = minimumDetectableFactor(sample) ?? 0;
  t.ok(factor > 1.03 && factor < 1.13, String(factor));
  t.ok((minimumDetectableFactor([...sample, ...sample]) ?? 0) < factor);
});

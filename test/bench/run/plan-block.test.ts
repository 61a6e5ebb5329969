import t from 'tap';
import { arms } from '../../../bench/arms/catalog.ts';
import { cellsOf, isSameCell, planBlock } from '../../../bench/run/plan-block.ts';
import { seededRandom } from '../../../bench/statistics/random.ts';

t.test('every arm at every rate', async (t) => {
  t.equal(cellsOf(arms, []).length, arms.length);
  t.equal(cellsOf(arms, [1, 2, 3]).length, 3 * arms.length);
});

t.test('a block holds every cell once, in an order that the seed repeats', async (t) => {
  const cells = cellsOf(arms, [1, 2]);
  const [one, again, other] = [5, 5, 6].map((seed) => planBlock(cells, seededRandom(seed)));
  t.same(one, again);
  t.notSame(one, other);
  t.same(new Set(one), new Set(cells));
});

t.test('a trial belongs to the cell of its arm and rate', async (t) => {
  const [arm] = arms;
  if (!arm) throw new Error('no arms');
  t.equal(isSameCell({ arm, ratePerSecond: 5 }, { arm: arm.name, ratePerSecond: 5 }), true);
  t.equal(isSameCell({ arm, ratePerSecond: 5 }, { arm: arm.name }), false);
  t.equal(isSameCell({ arm }, { arm: 'another' }), false);
});

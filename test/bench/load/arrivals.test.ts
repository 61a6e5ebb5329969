import t from 'tap';
import { intendedSends, type Arrivals } from '../../../bench/load/arrivals.ts';
import { mean, standardDeviation } from '../../../bench/statistics/quantile.ts';
import { seededRandom } from '../../../bench/statistics/random.ts';

function gapsOf(arrivals: Arrivals, count: number): readonly number[] {
  const sends = intendedSends(arrivals, 1000, seededRandom(9));
  const times = Array.from({ length: count + 1 }, () => sends.next().value);
  return times.slice(1).map((time, i) => time - (times[i] ?? 0));
}

t.test('fixed: one each millisecond, the first at once', async (t) => {
  t.same(new Set(gapsOf('fixed', 100)), new Set([1e6]));
  t.equal(intendedSends('fixed', 10, seededRandom(1)).next().value, 0);
});

t.test('Poisson: gaps have the mean, and a deviation as long as the mean', async (t) => {
  const gaps = gapsOf('poisson', 20_000);
  t.ok(Math.abs(mean(gaps) - 1e6) < 3e4);
  t.ok(Math.abs(standardDeviation(gaps) - 1e6) < 5e4);
  t.ok(gaps.every((gap) => gap >= 0));
});

import t from 'tap';
import { seededRandom, shuffled } from '../../../bench/statistics/random.ts';

t.test('a seed repeats its numbers, another seed has others', async (t) => {
  const draw = (seed: number): readonly number[] => Array.from({ length: 5 }, seededRandom(seed));
  t.same(draw(1), draw(1));
  t.notSame(draw(1), draw(2));
});

t.test('uniform', async (t) => {
  const random = seededRandom(7);
  const values = Array.from({ length: 20_000 }, random);
  const inTenths = Array.from(
    { length: 10 },
    (_, i) => values.filter((v) => Math.floor(v * 10) === i).length,
  );
  for (const count of inTenths) t.ok(Math.abs(count - 2000) < 200, String(count));
});

t.test('every order comes up alike, and nothing is lost', async (t) => {
  const random = seededRandom(3);
  const orders = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = shuffled(['a', 'b', 'c'], random).join('');
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  t.equal(orders.size, 6);
  for (const count of orders.values()) t.ok(Math.abs(count - 1000) < 150, String(count));
});

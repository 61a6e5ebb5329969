import t from 'tap';
import { fillByWeight } from '../../../ledger/predict/water-filling.ts';
import { fc } from '../../support/properties.ts';

const rows: readonly [string, number, number[], number[], number[]][] = [
  ['by weight', 1, [3, 1], [9, 9], [0.75, 0.25]],
  ['who wants less leaves the rest', 1, [3, 1], [0.5, 9], [0.5, 0.5]],
  ['nobody wants it all', 1, [1, 1], [0.1, 0.2], [0.1, 0.2]],
  ['nobody', 1, [], [], []],
];

t.test('amounts', async (t) => {
  for (const [name, capacity, weights, wanted, amounts] of rows) {
    t.same(fillByWeight(capacity, weights, wanted), amounts, name);
  }
});

t.test('all is given, or all that is wanted', async () => {
  const items = fc.array(
    fc.tuple(fc.double({ min: 0.01, max: 100, noNaN: true }), fc.double({ min: 0, max: 2, noNaN: true })),
  );
  fc.assert(
    fc.property(items, (all) => {
      const [weights, wanted] = [all.map(([weight]) => weight), all.map(([, want]) => want)];
      const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
      return Math.abs(sum(fillByWeight(1, weights, wanted)) - Math.min(1, sum(wanted))) < 1e-9;
    }),
  );
});

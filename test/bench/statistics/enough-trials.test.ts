import t from 'tap';
import {
  decideNextBlock,
  isEnough,
  usualLimits,
  type NextBlock,
} from '../../../bench/statistics/enough-trials.ts';

const steady = [10, 10.1, 9.9, 10, 10.05];
const wild = [5, 10, 20, 40, 80];

const rows: readonly [
  name: string,
  arms: readonly (readonly number[])[],
  left: number,
  blocksDone: number,
  expected: NextBlock,
][] = [
  ['the first block always runs', [[], []], 0, 0, 'run'],
  ['all narrow', [steady, steady], 1000, 5, 'narrow_enough'],
  ['one wide, time left', [steady, wild], 1000, 5, 'run'],
  ['one wide, no time for a block', [steady, wild], 9, 5, 'no_time'],
  [
    'too few to believe',
    [
      [10, 10],
      [10, 10],
    ],
    1000,
    2,
    'run',
  ],
];

t.test('another block?', async (t) => {
  for (const [name, arms, leftSeconds, blocksDone, expected] of rows) {
    t.equal(decideNextBlock(arms, { leftSeconds, blockSeconds: 10, blocksDone }), expected, name);
  }
});

t.test('there is an end even to a wild arm', async (t) => {
  const many = Array.from({ length: usualLimits.most }, (_, i) => wild[i % 5] ?? 0);
  t.equal(isEnough(many, usualLimits), true);
  t.equal(isEnough(wild, usualLimits), false);
});

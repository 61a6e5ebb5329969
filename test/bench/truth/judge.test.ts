import t from 'tap';
import { disturbancesOf, isHeld, isWithin } from '../../../bench/truth/judge.ts';

t.test('a part of the number, or seconds where it is small, and what the events leave open', async (t) => {
  const tolerance = { share: 0.01, seconds: 0.002 };
  const rows: readonly (readonly [truth: number, exact: number, uncertain: number, within: boolean])[] = [
    [2, 2.019, 0, true],
    [2, 1.979, 0, false],
    [0, 0.0019, 0, true],
    [0.01, 0.0125, 0, false],
    [0.01, 0.0125, 0.001, true],
  ];
  for (const [truth, exact, uncertain, within] of rows) {
    t.equal(isWithin({ number: 'run', truth, exact }, tolerance, uncertain), within, `${truth} ${exact}`);
  }
});

t.test('bounds hold the truth, give or take the slack', async (t) => {
  const portable = { low: 1, estimate: 2, high: 2 };
  const held = [0.98, 0.99, 1.5, 2.01, 2.02].map((truth) => isHeld({ number: 'E', truth, portable }, 0.015));
  t.same(held, [false, true, true, true, false]);
});

t.test('what makes a window say nothing', async (t) => {
  const quiet = {
    cpus: 2,
    windowSeconds: 2,
    stealSeconds: 0.1,
    spanSeconds: 0.0005,
    readingSeconds: 0.01,
    lost: false,
  };
  t.same(disturbancesOf(quiet), []);
  t.same(
    disturbancesOf({ ...quiet, stealSeconds: 1, spanSeconds: 0.002, readingSeconds: 0.06, lost: true }),
    [
      '25 % steal',
      'a reading of the programs took 2.0 ms',
      'a reading took 60.0 ms',
      'the programs lost events',
    ],
  );
});

import t from 'tap';
import { differenceOfMeans } from '../../../tuner/experiment/bootstrap.ts';
import { judge, type JudgedContainer } from '../../../tuner/experiment/judge.ts';
import type { MeasuredWindow } from '../../../tuner/experiment/series.ts';
import { defaultTargets } from '../../../tuner/policy/needs.ts';
import { fc } from '../../support/properties.ts';

/** Windows with these gaps, of a container that reserves one CPU and wants all of it. */
const windows = (gaps: readonly number[], waitP99Seconds?: number): readonly MeasuredWindow[] =>
  gaps.map((gapCores, i) => ({
    atSeconds: i,
    receivedCores: 1 - gapCores,
    entitledCores: 1,
    gapCores,
    ...(waitP99Seconds !== undefined && { waitP99Seconds: waitP99Seconds * (1 + i / 100) }),
  }));

const judged = (
  name: string,
  before: readonly MeasuredWindow[],
  after: readonly MeasuredWindow[],
): JudgedContainer => ({
  container: { path: `/${name}`, cgroupId: 1n, name, reservedCores: 1 },
  before,
  after,
});

const about = (gap: number): readonly number[] =>
  [0.9, 1, 1.1, 1, 0.95, 1.05, 1, 0.97].map((part) => gap * part);
const calm = judged('n', windows(about(0)), windows(about(0)));

const rows: readonly {
  readonly name: string;
  readonly victim: JudgedContainer;
  readonly neighbour?: JudgedContainer;
  readonly result: 'kept' | 'rolled_back';
  readonly reason: RegExp;
}[] = [
  {
    name: 'under the target',
    victim: judged('v', windows(about(0.3)), windows(about(0.02))),
    result: 'kept',
    reason: /from 0\.30 to 0\.02 CPU, under the target/,
  },
  {
    name: 'better, though not enough',
    victim: judged('v', windows(about(0.3)), windows(about(0.2))),
    result: 'kept',
    reason: /fell from 0\.30 to 0\.20/,
  },
  {
    name: 'no better',
    victim: judged('v', windows(about(0.3)), windows(about(0.299))),
    result: 'rolled_back',
    reason: /did not help/,
  },
  {
    name: 'the gap was never the trouble: the wait fell',
    victim: judged('v', windows(about(0.04), 0.04), windows(about(0.04), 0.02)),
    result: 'kept',
    reason: /p99 of waiting from 41\.4 to 20\.7 ms/,
  },
  {
    name: 'the gap was never the trouble: the wait did not fall',
    victim: judged('v', windows(about(0.04), 0.04), windows(about(0.04), 0.04)),
    result: 'rolled_back',
    reason: /did not help/,
  },
  {
    name: 'a neighbour came below its reservation by it',
    victim: judged('v', windows(about(0.3)), windows(about(0))),
    neighbour: judged('n', windows(about(0)), windows(about(0.2))),
    result: 'rolled_back',
    reason: /n came below its own reservation by it: its gap rose from 0\.00 to 0\.20/,
  },
  {
    name: 'a neighbour that was below it before is not our doing',
    victim: judged('v', windows(about(0.3)), windows(about(0))),
    neighbour: judged('n', windows(about(0.2)), windows(about(0.2))),
    result: 'kept',
    reason: /under the target/,
  },
  {
    name: 'nothing measured after: nothing to keep it for',
    victim: judged('v', windows(about(0.3)), []),
    result: 'rolled_back',
    reason: /did not help/,
  },
];

for (const { name, victim, neighbour = calm, result, reason } of rows) {
  t.test(name, async (t) => {
    t.match(judge(victim, [neighbour], defaultTargets, 1), { result, reason });
  });
}

t.test('the interval holds the mean, is seeded, and does not depend on a shift', async (t) => {
  const values = fc.array(fc.double({ min: 0, max: 4, noNaN: true }), { minLength: 2, maxLength: 40 });
  fc.assert(
    fc.property(values, values, fc.integer({ min: 0, max: 2 ** 31 }), (before, after, seed) => {
      const interval = differenceOfMeans(before, after, seed);
      if (!interval) return false;
      return (
        interval.low <= interval.high &&
        JSON.stringify(interval) === JSON.stringify(differenceOfMeans(before, after, seed))
      );
    }),
  );
  t.equal(differenceOfMeans([1], [1, 2]), undefined);
  t.strictSame(differenceOfMeans([1, 1, 1], [3, 3, 3]), { low: 2, mean: 2, high: 2 });
});

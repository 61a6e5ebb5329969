import t from 'tap';
import {
  addPeriodCost,
  initialPeriodState,
  periodsPerTick,
  type PeriodState,
} from '../../../agent/sampling/period-budget.ts';

/** After so many readings of this cost. */
const after = (readings: number, cpuSeconds: number, state = initialPeriodState): PeriodState =>
  Array.from({ length: readings }, () => cpuSeconds).reduce(addPeriodCost, state);

const rows: readonly (readonly [string, PeriodState, number, number, number])[] = [
  ['nothing known yet', initialPeriodState, 1000, 0.01, 10],
  ['warming up does not count', after(20, 0.5), 1000, 0.01, 10],
  ['cheap', after(30, 0.0003), 1000, 0.01, 10],
  ['0.5 ms are too dear for every 100 ms', after(30, 0.0005), 1000, 0.01, 5],
  ['1 ms for every 200 ms', after(30, 0.001), 1000, 0.01, 2],
  ['10 ms for any', after(30, 0.01), 1000, 0.01, 1],
  ['no budget, no limit', after(30, 0.01), 1000, Infinity, 10],
  ['an interval of 100 ms is one period', initialPeriodState, 100, 0.01, 1],
  ['an hour is not cut into 36,000', initialPeriodState, 3_600_000, Infinity, 100],
];

t.test('as many periods as a third of the budget pays', async (t) => {
  for (const [name, state, intervalMs, budgetCores, periods] of rows) {
    t.equal(periodsPerTick(state, intervalMs, budgetCores), periods, name);
  }
});

t.test('one dear reading does not change it, many do', async (t) => {
  const cheap = after(30, 0.0002);
  t.equal(periodsPerTick(addPeriodCost(cheap, 0.001), 1000, 0.01), 10);
  t.equal(periodsPerTick(after(30, 0.001, cheap), 1000, 0.01), 2);
});

import t from 'tap';
import {
  decideInterval,
  initialBudgetState,
  intervalMsOf,
  type BudgetPolicy,
  type BudgetState,
  type IntervalChange,
  type TickCost,
} from '../../../agent/sampling/budget.ts';

const policy: BudgetPolicy = { baseIntervalMs: 1000, budgetCores: 0.01 };

/** Ticks of this CPU cost at whatever interval is in force, with requests beside them. */
function run(
  state: BudgetState,
  ticks: number,
  tickCpuSeconds: number,
  requestCores = 0,
): { readonly state: BudgetState; readonly changes: readonly IntervalChange[] } {
  const changes: IntervalChange[] = [];
  let now = state;
  for (let tick = 0; tick < ticks; tick += 1) {
    const elapsedSeconds = intervalMsOf(policy, now) / 1000;
    const cost: TickCost = {
      tickCpuSeconds,
      processCpuSeconds: tickCpuSeconds + requestCores * elapsedSeconds,
      elapsedSeconds,
    };
    const decision = decideInterval(policy, now, cost);
    now = decision.state;
    if (decision.change) changes.push(decision.change);
  }
  return { state: now, changes };
}

const warm: BudgetState = { ...initialBudgetState, warmupTicks: 0 };
const steps = (changes: readonly IntervalChange[]): readonly (readonly [number, number])[] =>
  changes.map(({ fromMs, toMs }) => [fromMs, toMs]);

t.test('within the budget the interval stays', async (t) => {
  t.same(run(warm, 1000, 0.0099).changes, []);
});

t.test('the first ten ticks are not counted', async (t) => {
  t.same(run(run(initialBudgetState, 10, 0.5).state, 1000, 0.009).changes, []);
});

t.test('above the budget over ten ticks it is lengthened as far as is needed, once', async (t) => {
  t.same(run(warm, 9, 0.035).changes, []);
  const { changes, state } = run(warm, 1000, 0.035);
  t.same(steps(changes), [[1000, 4000]]);
  t.equal(changes[0]?.exhausted, false);
  t.ok(Math.abs((changes[0]?.usedCores ?? 0) - 0.035) < 1e-9);
  t.equal(intervalMsOf(policy, state), 4000);
});

t.test('one dear tick among cheap ones changes nothing', async (t) => {
  let { state } = run(warm, 30, 0.004);
  ({ state } = run(state, 1, 0.06));
  t.same(run(state, 100, 0.004).changes, []);
});

t.test('it is shortened only when there is room, after thirty ticks', async (t) => {
  const lengthened = run(warm, 10, 0.035).state;
  t.same(run(lengthened, 1000, 0.018).changes, [], '0.018 would fit into 2 s, but barely');
  t.same(run(lengthened, 29, 0.006).changes, []);
  t.same(steps(run(lengthened, 30, 0.006).changes), [[4000, 1000]]);
});

t.test('a cost that wavers around the budget does not make the interval swing', async (t) => {
  let state = warm;
  const changes: IntervalChange[] = [];
  for (let round = 0; round < 50; round += 1) {
    const wave = run(state, 20, round % 2 === 0 ? 0.0105 : 0.0095);
    state = wave.state;
    changes.push(...wave.changes);
  }
  t.same(steps(changes), [[1000, 2000]]);
});

t.test('says when no interval is long enough', async (t) => {
  const { changes } = run(warm, 100, 5);
  t.same(steps(changes), [[1000, 32_000]]);
  t.equal(changes[0]?.exhausted, true);
});

t.test('requests leave the ticks what remains of the budget, and at least a quarter', async (t) => {
  t.same(steps(run(warm, 100, 0.004, 0.005).changes), []);
  t.same(steps(run(warm, 100, 0.004, 0.008).changes), [[1000, 2000]]);
  t.same(steps(run(warm, 100, 0.004, 0.5).changes), [[1000, 2000]]);
});

/**
 * `--cpu-budget`: the interval is a power of two times the configured one, the smallest at which the agent stays within
 * its budget. It is lengthened after 10 ticks above the budget and shortened after 30 that would leave room, so that it
 * does not swing.
 */
export interface BudgetPolicy {
  readonly baseIntervalMs: number;
  /** CPU seconds per second that the agent may use. */
  readonly budgetCores: number;
}

/** CPU time from the beginning of one tick to the beginning of the next. */
export interface TickCost {
  /** Spent in the tick: what a longer interval saves. */
  readonly tickCpuSeconds: number;
  /** Spent by the whole process, answering requests included. */
  readonly processCpuSeconds: number;
  readonly elapsedSeconds: number;
}

export interface BudgetState {
  readonly factor: number;
  /** Ticks still to be left out: compiling the code costs more than running it. */
  readonly warmupTicks: number;
  /** Since the last change of the interval, oldest first. */
  readonly costs: readonly TickCost[];
}

export interface IntervalChange {
  readonly fromMs: number;
  readonly toMs: number;
  /** Cores that the agent used lately. */
  readonly usedCores: number;
  /** The budget cannot be held even at the longest interval. */
  readonly exhausted: boolean;
}

export const initialBudgetState: BudgetState = { factor: 1, warmupTicks: 10, costs: [] };

const ticksToLengthen = 10;
const ticksToShorten = 30;
const roomToShorten = 0.7;
const greatestFactor = 32;
/** Requests may not push the ticks below this part of the budget: who asks a lot must not blind the agent. */
const leastShareForTicks = 0.25;

export function intervalMsOf(policy: BudgetPolicy, state: BudgetState): number {
  return policy.baseIntervalMs * state.factor;
}

/** The state after one more tick, and the change of interval if there is one. */
export function decideInterval(
  policy: BudgetPolicy,
  state: BudgetState,
  cost: TickCost,
): { readonly state: BudgetState; readonly change?: IntervalChange } {
  if (state.warmupTicks > 0) return { state: { ...state, warmupTicks: state.warmupTicks - 1 } };
  const costs = [...state.costs, cost].slice(-ticksToShorten);
  const factor = decideFactor(policy, state.factor, costs);
  if (factor === state.factor) return { state: { ...state, costs } };
  const changed = { factor, warmupTicks: 0, costs: [] };
  const recent = sumCosts(costs.slice(-ticksToLengthen));
  const change = {
    fromMs: intervalMsOf(policy, state),
    toMs: intervalMsOf(policy, changed),
    usedCores: recent.processCpuSeconds / recent.elapsedSeconds,
    exhausted: factor === greatestFactor && neededFactor(policy, recent, ticksToLengthen, 1) > greatestFactor,
  };
  return { state: changed, change };
}

function decideFactor(policy: BudgetPolicy, factor: number, costs: readonly TickCost[]): number {
  if (costs.length < ticksToLengthen) return factor;
  const recent = sumCosts(costs.slice(-ticksToLengthen));
  const needed = Math.min(greatestFactor, neededFactor(policy, recent, ticksToLengthen, 1));
  if (needed > factor) return needed;
  if (costs.length < ticksToShorten) return factor;
  return Math.min(factor, neededFactor(policy, sumCosts(costs), ticksToShorten, roomToShorten));
}

/** Smallest power of two times the base interval at which ticks cost at most `part` of what they may. */
function neededFactor(policy: BudgetPolicy, sum: TickCost, ticks: number, part: number): number {
  const requestCores = Math.max(0, sum.processCpuSeconds - sum.tickCpuSeconds) / sum.elapsedSeconds;
  const allowedCores = Math.max(policy.budgetCores - requestCores, policy.budgetCores * leastShareForTicks);
  const coresAtBase = sum.tickCpuSeconds / ticks / (policy.baseIntervalMs / 1000);
  return 2 ** Math.max(0, Math.ceil(Math.log2(coresAtBase / (allowedCores * part))));
}

function sumCosts(costs: readonly TickCost[]): TickCost {
  return costs.reduce((sum, cost) => ({
    tickCpuSeconds: sum.tickCpuSeconds + cost.tickCpuSeconds,
    processCpuSeconds: sum.processCpuSeconds + cost.processCpuSeconds,
    elapsedSeconds: sum.elapsedSeconds + cost.elapsedSeconds,
  }));
}

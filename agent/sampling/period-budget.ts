/**
 * How often the exact counters are read between two samples: every 100 ms, which is the period of CFS bandwidth control,
 * while somebody waits and it costs at most 30 % of `--cpu-budget`; else every 200 or 500 ms, or not at all.
 */
import { periodsWithin } from '../../host/exact-reader.ts';

export interface PeriodState {
  /** CPU seconds of one reading, the mean of the latest; undefined until the code is warm. */
  readonly costSeconds: number | undefined;
  readonly readings: number;
}

export const initialPeriodState: PeriodState = { costSeconds: undefined, readings: 0 };

/** Multiples of the shortest period. */
const factors = [1, 2, 5];
const shareOfBudget = 0.3;
const warmUpReadings = 20;
/** Weight of the latest reading in the mean. */
const smoothing = 0.1;

export function addPeriodCost(state: PeriodState, cpuSeconds: number): PeriodState {
  const readings = state.readings + 1;
  if (readings <= warmUpReadings) return { costSeconds: undefined, readings };
  const mean = state.costSeconds ?? cpuSeconds;
  return { costSeconds: mean + smoothing * (cpuSeconds - mean), readings };
}

/** Into how many periods an interval is cut; 1 is not at all. */
export function periodsPerTick(state: PeriodState, intervalMs: number, budgetCores: number): number {
  const { costSeconds = 0 } = state;
  const affordable = (periods: number): boolean =>
    ((periods - 1) * costSeconds) / (intervalMs / 1000) <= shareOfBudget * budgetCores;
  const choices = factors.map((factor) => periodsWithin(intervalMs / factor));
  return choices.find((periods) => periods > 1 && affordable(periods)) ?? 1;
}

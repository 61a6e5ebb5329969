/** The order of trials. Pure. */
import type { Arm } from '../arms/arm.ts';
import { shuffled, type Random } from '../statistics/random.ts';

/** An arm at a rate: what is repeated, and what gets a line in the report. */
export interface Cell {
  readonly arm: Arm;
  readonly ratePerSecond?: number;
}

/** Every arm at every rate, in order; no rates for what is not a server. */
export function cellsOf(arms: readonly Arm[], rates: readonly number[]): readonly Cell[] {
  if (rates.length === 0) return arms.map((arm) => ({ arm }));
  return rates.flatMap((ratePerSecond) => arms.map((arm) => ({ arm, ratePerSecond })));
}

/** One block: every cell once, in a random order, so that what drifts does not favour an arm. */
export function planBlock(cells: readonly Cell[], random: Random): readonly Cell[] {
  return shuffled(cells, random);
}

export function isSameCell(
  cell: Cell,
  trial: { readonly arm: string; readonly ratePerSecond?: number },
): boolean {
  return cell.arm.name === trial.arm && cell.ratePerSecond === trial.ratePerSecond;
}

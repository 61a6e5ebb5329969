/** Two arms that ran in the same blocks: what disturbed a block disturbed both, so their ratio is taken within it. */
import { bootstrapInterval, type BootstrapOptions, type Interval } from './bootstrap.ts';
import { normalQuantile } from './normal.ts';
import { median, standardDeviation } from './quantile.ts';

/** A value per block, by the block's number. */
export type ByBlock = ReadonlyMap<number, number>;

/** The ratios numerator / denominator of the blocks that both have, in order of the blocks; never of zero. */
export function pairedRatios(numerator: ByBlock, denominator: ByBlock): readonly number[] {
  return [...numerator]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([block, value]) => {
      const other = denominator.get(block);
      return other === undefined || other <= 0 || value <= 0 ? [] : [value / other];
    });
}

/** Median of the ratios with its interval; undefined where no block has both. */
export function pairedRatio(
  numerator: ByBlock,
  denominator: ByBlock,
  options: BootstrapOptions = {},
): Interval | undefined {
  return bootstrapInterval(pairedRatios(numerator, denominator), median, options);
}

const power = 0.8;
const significance = 0.05;

/**
 * The least change, as a factor above 1, that so many pairs with this spread show four times in five at 5 % significance.
 * A smaller true effect can hide in them. Undefined with fewer than three pairs: their spread says nothing.
 */
export function minimumDetectableFactor(ratios: readonly number[]): number | undefined {
  if (ratios.length < 3) return undefined;
  const spread = standardDeviation(ratios.map(Math.log));
  const distance = normalQuantile(1 - significance / 2) + normalQuantile(power);
  return Math.exp((distance * spread) / Math.sqrt(ratios.length));
}

/** Reads and writes of a key-value store, in proportions that a seed repeats. */
import type { Random } from '../../statistics/random.ts';

export interface KeyValueMix {
  readonly keys: number;
  readonly valueBytes: number;
  readonly operations: readonly { readonly kind: 'get' | 'set'; readonly key: number }[];
}

const distinctOperations = 1000;

/** Keys are drawn uniformly: all of them are hot, as those of a store that fits into memory are. */
export function keyValueMix(
  options: { readonly keys: number; readonly valueBytes: number; readonly readShare: number },
  random: Random,
): KeyValueMix {
  const { keys, valueBytes, readShare } = options;
  const operations = Array.from({ length: distinctOperations }, () => ({
    kind: random() < readShare ? ('get' as const) : ('set' as const),
    key: Math.floor(random() * keys),
  }));
  return { keys, valueBytes, operations };
}

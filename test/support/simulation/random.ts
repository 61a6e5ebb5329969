/** A small seeded generator (mulberry32): the same seed gives the same world on every machine. */
export type Random = () => number;

export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
};

export const pickOne = <T>(random: Random, items: readonly T[]): T | undefined =>
  items[Math.floor(random() * items.length)];

/** `mean` spread evenly over mean x (1 +- jitter), a whole number of at least 1. */
export const spread = (random: Random, mean: number, jitter: number): number =>
  Math.max(1, Math.round(mean * (1 + jitter * (2 * random() - 1))));

/**
 * Is it slower with the programs than without, and how sure is that? Runs go in blocks without-with-with-without, so that
 * a drift of the machine falls on both alike; each block is one ratio, and the blocks are drawn again and again (bootstrap).
 */
export interface Block {
  /** Seconds of the two runs without the programs, and of the two with them. */
  readonly without: readonly [number, number];
  readonly with: readonly [number, number];
}

export interface PairedRatio {
  readonly blocks: number;
  /** Geometric mean of the blocks' ratios: 1.01 is 1 % slower with the programs. */
  readonly ratio: number;
  readonly median: number;
  /** The middle 95 % of the means of blocks drawn again. */
  readonly low: number;
  readonly high: number;
}

const draws = 10_000;

/** Throws RangeError on no blocks. */
export function derivePairedRatio(blocks: readonly Block[], seed = 1): PairedRatio {
  if (blocks.length === 0) throw new RangeError('no blocks to compare');
  const logs = blocks.map((block) => Math.log(sum(block.with) / sum(block.without)));
  const random = randomFrom(seed);
  const means = Array.from({ length: draws }, () => meanOfDrawn(logs, random)).sort((a, b) => a - b);
  const at = (part: number): number => Math.exp(means[Math.min(draws - 1, Math.floor(part * draws))] ?? 0);
  return {
    blocks: blocks.length,
    ratio: Math.exp(mean(logs)),
    median: Math.exp(medianOf(logs)),
    low: at(0.025),
    high: at(0.975),
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return mean(sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1));
}

function meanOfDrawn(values: readonly number[], random: () => number): number {
  let total = 0;
  for (let i = 0; i < values.length; i += 1) total += values[Math.floor(random() * values.length)] ?? 0;
  return total / values.length;
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

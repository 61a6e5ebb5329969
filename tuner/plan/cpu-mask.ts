/** A set of CPUs as one number, bit n for CPU n: what the planner's arithmetic over hundreds of cgroups works with. */
import type { CpuSet } from '../../kernel/cpu-set.ts';

export type CpuMask = bigint;

const wordBits = 32;

/** Sets are immutable, and the planner asks for the mask of the same ones over and over. */
const knownMasks = new WeakMap<CpuSet, CpuMask>();

export function maskOf(set: CpuSet): CpuMask {
  const known = knownMasks.get(set);
  if (known !== undefined) return known;
  const mask = computeMask(set);
  knownMasks.set(set, mask);
  return mask;
}

function computeMask(set: CpuSet): CpuMask {
  const words: number[] = [];
  for (const cpu of set.cpus) {
    const word = Math.floor(cpu / wordBits);
    while (words.length <= word) words.push(0);
    words[word] = ((words[word] ?? 0) | (1 << (cpu % wordBits))) >>> 0;
  }
  return words.reduceRight((mask, word) => (mask << 32n) | BigInt(word), 0n);
}

export function cpuSetOfMask(mask: CpuMask): CpuSet {
  const cpus: number[] = [];
  for (let base = 0, rest = mask; rest > 0n; base += wordBits, rest >>= 32n) {
    const word = Number(rest & 0xffff_ffffn);
    for (let bit = 0; bit < wordBits; bit += 1) if ((word >>> bit) & 1) cpus.push(base + bit);
  }
  return { cpus };
}

export function countCpus(mask: CpuMask): number {
  let count = 0;
  for (let rest = mask; rest > 0n; rest >>= 32n) count += countBits(Number(rest & 0xffff_ffffn));
  return count;
}

/** True when every CPU of `inner` is in `outer`. */
export function isWithin(inner: CpuMask, outer: CpuMask): boolean {
  return (inner & ~outer) === 0n;
}

function countBits(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

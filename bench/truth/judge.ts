/** Whether a number is as exact as promised, and whether a window may be judged at all. Pure. */
import type { ExactComparison, PortableComparison } from './compare.ts';

/** How far the exact tier may be off: a part of the number, and seconds for numbers that are small. */
export interface Tolerance {
  readonly share: number;
  readonly seconds: number;
}

/** Clocks are read at once, so what remains is the span of a reading (times its threads) and the trace's microsecond. */
export const tolerance: Tolerance = { share: 0.01, seconds: 0.002 };
/** For short windows, on a machine that does other things. */
export const quickTolerance: Tolerance = { share: 0.05, seconds: 0.01 };

/** @param uncertainSeconds what the events themselves leave open */
export function isWithin(
  { truth, exact }: ExactComparison,
  { share, seconds }: Tolerance,
  uncertainSeconds: number,
): boolean {
  return Math.abs(exact - truth) <= Math.max(share * truth, seconds) + uncertainSeconds;
}

/**
 * Whether the portable bounds hold the truth. They may be off by what passed while its files were read one after the
 * other, and by the tick that the kernel's usage counter is behind at either end.
 */
export function isHeld({ truth, portable }: PortableComparison, slackSeconds: number): boolean {
  return portable.low - slackSeconds <= truth && truth <= portable.high + slackSeconds;
}

export interface Circumstances {
  readonly cpus: number;
  readonly windowSeconds: number;
  /** CPU-seconds that the hypervisor took from all CPUs. */
  readonly stealSeconds: number;
  /** The longer of both readings: from the first CPU brought up to date to the last record. */
  readonly spanSeconds: number;
  /** The longer of both readings of kernel files. */
  readonly readingSeconds: number;
  /** Events that the programs could not count. */
  readonly lost: boolean;
}

const mostStealShare = 0.05;
const mostSpanSeconds = 0.001;
const mostReadingSeconds = 0.05;

/** Why a window says nothing about exactness; empty for one that does. */
export function disturbancesOf(c: Circumstances): readonly string[] {
  const ms = (seconds: number): string => `${(seconds * 1e3).toFixed(1)} ms`;
  const stealShare = c.stealSeconds / (c.cpus * c.windowSeconds);
  return [
    ...(stealShare > mostStealShare ? [`${(100 * stealShare).toFixed(0)} % steal`] : []),
    ...(c.spanSeconds > mostSpanSeconds ? [`a reading of the programs took ${ms(c.spanSeconds)}`] : []),
    ...(c.readingSeconds > mostReadingSeconds ? [`a reading took ${ms(c.readingSeconds)}`] : []),
    ...(c.lost ? ['the programs lost events'] : []),
  ];
}

/** Short words for causes and verdicts, and the tone each has wherever it stands. */
import { gapCauses, type GapCauses, type VerdictKind } from '../../ledger/ledger.ts';
import type { Tone } from './line.ts';

export type Cause = (typeof gapCauses)[number];

export interface CauseWords {
  readonly short: string;
  readonly tone: Tone;
  /** Completes "Of the gap, 40% was spent ...". */
  readonly spent: string;
}

export const causeWords: Readonly<Record<Cause, CauseWords>> = {
  runqueue_sharing: {
    short: 'sharing',
    tone: 'sharing',
    spent: "behind other containers' threads on shared runqueues",
  },
  throttled: { short: 'throttled', tone: 'throttled', spent: 'throttled by a CPU quota' },
  self: { short: 'self', tone: 'self', spent: 'behind its own threads' },
  system: { short: 'system', tone: 'system', spent: 'behind kernel threads, interrupts and host processes' },
  steal: { short: 'steal', tone: 'steal', spent: 'while the hypervisor held the CPU' },
  unexplained: { short: 'unexplained', tone: 'unexplained', spent: 'on what the kernel files do not tell' },
};

export interface CauseShare {
  readonly cause: Cause;
  /** Part of the gap, 0..1. */
  readonly share: number;
}

/** The causes that are at least one percent of the gap, largest first. */
export function causeShares(causes: GapCauses): readonly CauseShare[] {
  const gap = gapCauses.reduce((sum, cause) => sum + causes[cause], 0);
  if (gap <= 0) return [];
  return gapCauses
    .map((cause) => ({ cause, share: causes[cause] / gap }))
    .filter(({ share }) => share >= 0.01)
    .toSorted((one, other) => other.share - one.share);
}

export const verdictWords: Readonly<Record<VerdictKind, { readonly short: string; readonly tone: Tone }>> = {
  no_reservation: { short: 'no reservation', tone: 'dim' },
  idle: { short: 'idle', tone: 'dim' },
  satisfied: { short: 'satisfied', tone: 'good' },
  borrowing: { short: 'borrowing', tone: 'good' },
  self_limited: { short: 'self-limited', tone: 'warn' },
  throttled_harmful: { short: 'throttled, bad', tone: 'bad' },
  throttled_harmless: { short: 'throttled, ok', tone: 'dim' },
  contended: { short: 'contended', tone: 'bad' },
  phantom: { short: 'phantom', tone: 'bad' },
  stolen: { short: 'stolen', tone: 'warn' },
  unexplained: { short: 'unexplained', tone: 'warn' },
  unknown: { short: 'unknown', tone: 'dim' },
};

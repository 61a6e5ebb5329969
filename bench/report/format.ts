/** Numbers as a report shows them. */
import { gapCauses, type GapCauses } from '../../ledger/ledger.ts';
import type { Outcome } from '../scenarios/scenario.ts';
import type { Interval } from '../statistics/bootstrap.ts';

/** `383 us`, `8.48 ms`, `1.20 s` */
export function formatTime(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} us`;
  return seconds < 1 ? `${significant(seconds * 1e3)} ms` : `${significant(seconds)} s`;
}

/** Three digits that mean something. */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return '?';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

export function formatOutcome(value: number, outcome: Outcome): string {
  return outcome.kind === 'latency' ? formatTime(value) : `${significant(value)} ${outcome.unit}/s`;
}

/** `1.23 [1.10, 1.40]`; without the interval where one trial gave none. */
export function formatInterval(
  interval: Interval | undefined,
  format: (value: number) => string = significant,
): string {
  if (!interval) return '-';
  const { estimate, low, high } = interval;
  if (!Number.isFinite(low) || !Number.isFinite(high)) return `${format(estimate)} [one trial]`;
  return `${format(estimate)} [${format(low)}, ${format(high)}]`;
}

const causeWords: Readonly<Record<keyof GapCauses, string>> = {
  throttled: 'throttled',
  runqueue_sharing: 'sharing',
  self: 'self',
  system: 'system',
  steal: 'steal',
  unexplained: 'unexplained',
};

export function causeWord(cause: keyof GapCauses): string {
  return causeWords[cause];
}

/** `0.31: sharing 92%, system 8%`, the largest first; what is below a twentieth is left out. */
export function formatGap(gapCores: number, causes: GapCauses): string {
  if (gapCores < 0.005) return '0.00';
  const parts = gapCauses
    .map((cause) => ({ cause, part: causes[cause] / gapCores }))
    .filter(({ part }) => part >= 0.05)
    .toSorted((a, b) => b.part - a.part)
    .map(({ cause, part }) => `${causeWord(cause)} ${Math.round(Math.min(1, part) * 100)}%`);
  return [gapCores.toFixed(2), parts.join(', ')].filter((text) => text !== '').join(': ');
}

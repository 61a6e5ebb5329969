/** Text of flag values to values. Each throws RangeError with what it expected; the parser says of which flag. */
import { parseChoice, parseSeconds, parseWhole } from '../agent/setting-values.ts';

/** How long something is to last, in seconds. */
export function parseDuration(text: string): number {
  return parseSeconds(text, { least: '100ms', greatest: '365d' });
}

/** Time between two readings, in seconds: reading cpu.stat more often than 10 times a second costs the host. */
export function parseInterval(text: string): number {
  return parseSeconds(text, { least: '100ms', greatest: '1h' });
}

export function parseCount(text: string): number {
  return parseWhole(text, 1, 1_000_000_000);
}

export function parseReadings(text: string): number {
  return parseWhole(text, 1, 100);
}

export function oneOf<const Word extends string>(words: readonly Word[]): (text: string) => Word {
  return (text) => parseChoice(text, words);
}

/** `2x`, `0.5`, `max`: how many times faster than it was recorded; `max` does not wait at all. */
export function parseSpeed(text: string): number | 'max' {
  if (text === 'max') return 'max';
  const factor = Number(text.replace(/x$/, ''));
  if (!/^\d{1,6}(\.\d{1,6})?x?$/.test(text) || factor <= 0) {
    throw new RangeError('a factor such as 1, 10x or 0.5, or max');
  }
  return factor;
}

/** A point of a recording: seconds from its start, or a wall clock time. */
export type TimePoint =
  | { readonly kind: 'offset'; readonly seconds: number }
  | { readonly kind: 'wall'; readonly wallTimeMs: number };

/** `30s`, `1m30s` (from the start), or an ISO time such as `2026-07-01T14:05:00Z`. */
export function parseTimePoint(text: string): TimePoint {
  const wallTimeMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(wallTimeMs)) return { kind: 'wall', wallTimeMs };
  try {
    return { kind: 'offset', seconds: parseSeconds(text, { least: '0s', greatest: '365d' }) };
  } catch {
    throw new RangeError('a time from the start such as 30s, or a moment such as 2026-07-01T14:05:00Z');
  }
}

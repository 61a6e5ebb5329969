/**
 * Numbers in kernel text: `%llu`, `%lu` and `%d` of what is never negative. Digits only: no sign, no space, no exponent.
 */
import { KernelTextError } from './kernel-text-error.ts';

export const greatestU64 = 0xffff_ffff_ffff_ffffn;

/** How many digits a double holds exactly, whatever they are. */
export const exactDigits = 15;

const digits = /^[0-9]{1,20}$/;
const zero = 0x30;

/** The unsigned 64-bit counter that `field` spells, or undefined when it spells something else. */
export function counterOf(field: string): bigint | undefined {
  if (field.length <= exactDigits) {
    const value = shortCounterOf(field);
    return value === undefined ? undefined : BigInt(value);
  }
  if (!digits.test(field)) return undefined;
  const value = BigInt(field);
  return value <= greatestU64 ? value : undefined;
}

/** The same of at most `exactDigits` characters: almost all counters, for which a regular expression is slow. */
function shortCounterOf(field: string): number | undefined {
  let value = 0;
  for (let at = 0; at < field.length; at += 1) {
    const digit = field.charCodeAt(at) - zero;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    value = value * 10 + digit;
  }
  return field === '' ? undefined : value;
}

/** An unsigned 64-bit counter. Throws KernelTextError on anything else. */
export function parseCounter(field: string, path: string, lineNumber: number): bigint {
  const value = counterOf(field);
  if (value === undefined) throw notACounter(field, path, lineNumber);
  return value;
}

export function notACounter(field: string, path: string, lineNumber: number): KernelTextError {
  return new KernelTextError(path, lineNumber, 'an unsigned 64-bit number', field);
}

/** A whole number that fits a double. Throws KernelTextError when it is outside `least`..`greatest`, ends included. */
export function parseWhole(
  field: string,
  path: string,
  lineNumber: number,
  least = 0,
  greatest = Number.MAX_SAFE_INTEGER,
): number {
  const value = digits.test(field) ? Number(field) : NaN;
  if (value >= least && value <= greatest) return value;
  throw new KernelTextError(path, lineNumber, `a whole number from ${least} to ${greatest}`, field);
}

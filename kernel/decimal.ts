/**
 * Numbers in kernel text: `%llu`, `%lu` and `%d` of what is never negative. Digits only: no sign, no space, no exponent.
 */
import { KernelTextError } from './kernel-text-error.ts';

export const greatestU64 = 0xffff_ffff_ffff_ffffn;

/** How many digits a double holds exactly, whatever they are. */
export const exactDigits = 15;

const digits = /^[0-9]{1,20}$/;

/** The unsigned 64-bit counter that `field` spells, or undefined when it spells something else. */
export function counterOf(field: string): bigint | undefined {
  if (!digits.test(field)) return undefined;
  if (field.length <= exactDigits) return BigInt(Number(field));
  const value = BigInt(field);
  return value <= greatestU64 ? value : undefined;
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

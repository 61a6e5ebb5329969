/**
 * The kernel's "flat keyed" files (Documentation/admin-guide/cgroup-v2.rst, "Format"): one `KEY VALUE` per line.
 *
 *     usage_usec 121103063
 *     user_usec 95058363
 *
 * A later kernel may add keys at any place, so values are looked up by key and what nobody asks for is skipped.
 */
import { counterOf, notACounter } from './decimal.ts';
import { KernelTextError } from './kernel-text-error.ts';
import { lineEnd, lineNumberAt, missingLine } from './lines.ts';

/** The counter of a key, or undefined when the text lacks the key. Throws KernelTextError on another value. */
export function keyedCounter(text: string, path: string, key: string): bigint | undefined {
  const line = lineOf(text, key);
  if (line < 0) return undefined;
  const field = text.slice(line + key.length + 1, lineEnd(text, line));
  const value = counterOf(field);
  if (value === undefined) throw notACounter(field, path, lineNumberAt(text, line));
  return value;
}

/** The same as a number that a double holds exactly: for what the kernel counts one by one. */
export function keyedCount(text: string, path: string, key: string): number | undefined {
  const value = keyedCounter(text, path, key);
  if (value === undefined || value <= Number.MAX_SAFE_INTEGER)
    return value === undefined ? value : Number(value);
  const line = lineNumberAt(text, lineOf(text, key));
  throw new KernelTextError(path, line, `a number up to ${Number.MAX_SAFE_INTEGER}`, `${value}`);
}

const newline = 0x0a;
const space = 0x20;

/** Where the line of a key starts, or -1. Looked for as it is: a text to look for would be made thousands of times a tick. */
function lineOf(text: string, key: string): number {
  let at = text.indexOf(key);
  while (at >= 0) {
    const beginsLine = at === 0 || text.charCodeAt(at - 1) === newline;
    if (beginsLine && text.charCodeAt(at + key.length) === space) return at;
    at = text.indexOf(key, at + 1);
  }
  return -1;
}

/** The value of a key that must be there. Throws KernelTextError when it is undefined. */
export function required<T>(value: T | undefined, text: string, path: string, key: string): T {
  if (value === undefined) throw missingLine(`a line "${key} NUMBER"`, text, path);
  return value;
}

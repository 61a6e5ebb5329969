/**
 * Lists of thread or process numbers: v1 `tasks`, v2 `cgroup.threads`, and `cgroup.procs` of both
 * (Documentation/admin-guide/cgroup-v2.rst). One decimal number per line; v1 may repeat and does not sort.
 *
 *     1
 *     4711
 *
 * A 0 is a thread that is not visible in the reader's pid namespace. Zeros are kept: they count as threads, and their
 * number says that the reader must be given the host's pid namespace.
 */
import { KernelTextError } from './kernel-text-error.ts';

const newline = 0x0a;
const zero = 0x30;
const greatestTid = 0xffff_ffff;

/** Parses a list of thread numbers from text or from the bytes of it. Throws KernelTextError. */
export function parseTidList(text: string | Uint8Array, path: string): Uint32Array {
  const codes = typeof text === 'string' ? codesOf(text) : text;
  const tids = new Uint32Array(lineCount(codes));
  let start = 0;
  for (let line = 0; line < tids.length; line += 1) {
    let tid = 0;
    let at = start;
    for (; at < codes.length && codes[at] !== newline; at += 1) tid = withDigit(tid, codes[at] ?? 0);
    if (at === start || !(tid <= greatestTid)) throw malformed(codes, start, at, line + 1, path);
    tids[line] = tid;
    start = at + 1;
  }
  return tids;
}

type Codes = Uint8Array | Uint16Array;

function codesOf(text: string): Uint16Array {
  const codes = new Uint16Array(text.length);
  for (let at = 0; at < text.length; at += 1) codes[at] = text.charCodeAt(at);
  return codes;
}

/** Lines, the last one also when its newline is missing. Indexed, because iterating a typed array is ten times slower. */
function lineCount(codes: Codes): number {
  let count = codes.length > 0 && codes[codes.length - 1] !== newline ? 1 : 0;
  for (let at = 0; at < codes.length; at += 1) if (codes[at] === newline) count += 1;
  return count;
}

/** NaN, and it stays so, when `code` is not a digit. */
function withDigit(value: number, code: number): number {
  return code >= zero && code <= zero + 9 ? value * 10 + code - zero : NaN;
}

function malformed(codes: Codes, start: number, end: number, line: number, path: string): KernelTextError {
  const found = String.fromCharCode(...codes.subarray(start, Math.min(end, start + 100)));
  return new KernelTextError(path, line, 'a thread number', found);
}

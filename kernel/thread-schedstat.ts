/**
 * /proc/<pid>/task/<tid>/schedstat (Documentation/scheduler/sched-stats.rst): time on CPU and time waiting on a
 * runqueue in nanoseconds, and the number of timeslices. A kernel without CONFIG_SCHED_INFO prints `0 0 0`.
 *
 *     1438284 305017 2
 *
 * /proc/<pid>/schedstat has the same shape but speaks of the leader thread alone.
 */
import { exactDigits, greatestU64, parseCounter } from './decimal.ts';
import { KernelTextError } from './kernel-text-error.ts';
import { onlyLine } from './lines.ts';

export interface ThreadSchedstat {
  readonly runNs: bigint;
  readonly runDelayNs: bigint;
  readonly timeslices: bigint;
}

/** Columns that take one thread per index. */
export interface ThreadSchedstatColumns {
  readonly runNs: BigUint64Array;
  readonly runDelayNs: BigUint64Array;
  readonly timeslices: BigUint64Array;
}

const shape = '"RUN_NS WAIT_NS TIMESLICES"';

/** Parses one thread's schedstat. Throws KernelTextError. */
export function parseThreadSchedstat(text: string, path: string): ThreadSchedstat {
  const line = onlyLine(text);
  const [run, runDelay, timeslices, ...rest] = line.split(' ');
  if (run === undefined || runDelay === undefined || timeslices === undefined || rest.length > 0) {
    throw new KernelTextError(path, 1, shape, line);
  }
  return {
    runNs: parseCounter(run, path, 1),
    runDelayNs: parseCounter(runDelay, path, 1),
    timeslices: parseCounter(timeslices, path, 1),
  };
}

/**
 * The same from the first `length` bytes of a read buffer into entry `index` of the columns: no string and no object
 * is made on the way. The columns are unchanged when it throws KernelTextError.
 */
export function scanThreadSchedstat(
  bytes: Uint8Array,
  length: number,
  path: string,
  into: ThreadSchedstatColumns,
  index: number,
): void {
  const afterRun = endOfDigits(bytes, 0, length);
  const afterRunDelay = endOfDigits(bytes, afterRun + 1, length);
  const afterTimeslices = endOfDigits(bytes, afterRunDelay + 1, length);
  const end = length > 0 && bytes[length - 1] === newline ? length - 1 : length;
  if (bytes[afterRun] !== space || bytes[afterRunDelay] !== space || afterTimeslices !== end) {
    throw malformed(bytes, length, path);
  }
  const runNs = counterOf(bytes, 0, afterRun);
  const runDelayNs = counterOf(bytes, afterRun + 1, afterRunDelay);
  const timeslices = counterOf(bytes, afterRunDelay + 1, afterTimeslices);
  if (runNs === undefined || runDelayNs === undefined || timeslices === undefined) {
    throw malformed(bytes, length, path);
  }
  into.runNs[index] = runNs;
  into.runDelayNs[index] = runDelayNs;
  into.timeslices[index] = timeslices;
}

const newline = 0x0a;
const space = 0x20;
const zero = 0x30;

/** 10 to the power of the index. */
const powersOfTen = [1n, 10n, 100n, 1000n, 10_000n, 100_000n];

function endOfDigits(bytes: Uint8Array, start: number, length: number): number {
  let at = start;
  while (at < length && isDigit(bytes[at])) at += 1;
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= zero + 9;
}

/** The number that the digits in [start, end) spell; undefined when there are none or it passes 64 bits. */
function counterOf(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  const split = start + exactDigits;
  if (end <= split) return end > start ? BigInt(doubleOf(bytes, start, end)) : undefined;
  const power = powersOfTen[end - split];
  if (power === undefined) return undefined;
  const value = BigInt(doubleOf(bytes, start, split)) * power + BigInt(doubleOf(bytes, split, end));
  return value <= greatestU64 ? value : undefined;
}

function doubleOf(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) value = value * 10 + (bytes[at] ?? zero) - zero;
  return value;
}

function malformed(bytes: Uint8Array, length: number, path: string): KernelTextError {
  return new KernelTextError(
    path,
    1,
    shape,
    String.fromCharCode(...bytes.subarray(0, Math.min(length, 100))),
  );
}

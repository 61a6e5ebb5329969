/**
 * /proc/<pid>/task/<tid>/schedstat (Documentation/scheduler/sched-stats.rst): time on CPU and time waiting on a
 * runqueue in nanoseconds, and the number of timeslices. A kernel without CONFIG_SCHED_INFO prints `0 0 0`.
 *
 *     1438284 305017 2
 *
 * /proc/<pid>/schedstat has the same shape but speaks of the leader thread alone.
 */
import { putCounter, halvesOf, type CounterHalves } from './counter-column.ts';
import { counterOf, exactDigits, parseCounter } from './decimal.ts';
import { KernelTextError } from './kernel-text-error.ts';
import { onlyLine } from './lines.ts';

export interface ThreadSchedstat {
  readonly runNs: bigint;
  readonly runDelayNs: bigint;
  readonly timeslices: bigint;
}

/** Columns that take one thread per index, as halves (counter-column.ts). */
export interface ThreadSchedstatColumns {
  readonly runNs: CounterHalves;
  readonly runDelayNs: CounterHalves;
  readonly timeslices: CounterHalves;
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
  const isWhole =
    isCounter(bytes, 0, afterRun) &&
    isCounter(bytes, afterRun + 1, afterRunDelay) &&
    isCounter(bytes, afterRunDelay + 1, afterTimeslices);
  if (!isWhole) throw malformed(bytes, length, path);
  putDigits(bytes, 0, afterRun, into.runNs, index);
  putDigits(bytes, afterRun + 1, afterRunDelay, into.runDelayNs, index);
  putDigits(bytes, afterRunDelay + 1, afterTimeslices, into.timeslices, index);
}

const newline = 0x0a;
const space = 0x20;
const zero = 0x30;

function endOfDigits(bytes: Uint8Array, start: number, length: number): number {
  let at = start;
  while (at < length && isDigit(bytes[at])) at += 1;
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= zero + 9;
}

/** Whether the digits in [start, end) spell a number of 64 bits. */
function isCounter(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start <= exactDigits ? end > start : longCounterOf(bytes, start, end) !== undefined;
}

/** No BigInt on the way of what a double holds: that would be most of the garbage of a tick in which everybody waits. */
function putDigits(bytes: Uint8Array, start: number, end: number, into: CounterHalves, index: number): void {
  if (end - start <= exactDigits) putCounter(into, index, doubleOf(bytes, start, end));
  else into.set(halvesOf(new BigUint64Array([longCounterOf(bytes, start, end) ?? 0n])), 2 * index);
}

/** Eleven days of nanoseconds or more. */
function longCounterOf(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  return counterOf(String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 30))));
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

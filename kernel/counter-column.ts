/**
 * Columns of 64-bit counters seen as pairs of 32-bit halves: a difference then costs no BigInt, of which thousands of
 * threads would need six each in every tick. Differences are exact below 2^53 (104 days in nanoseconds).
 */
export type CounterHalves = Uint32Array;

/** Which half of a 64-bit number this machine stores first. */
const [low, high] =
  new Uint32Array(new BigUint64Array([1n]).buffer)[0] === 1 ? ([0, 1] as const) : ([1, 0] as const);

/** The same memory, two entries for each counter. */
export function halvesOf(column: BigUint64Array): CounterHalves {
  return new Uint32Array(column.buffer, column.byteOffset, column.length * 2);
}

export function counterAt(halves: CounterHalves, index: number): number {
  return (halves[2 * index + high] ?? 0) * 2 ** 32 + (halves[2 * index + low] ?? 0);
}

/** Sets an entry to a whole number that a double holds exactly. */
export function putCounter(halves: CounterHalves, index: number, value: number): void {
  halves[2 * index + high] = Math.floor(value / 2 ** 32);
  halves[2 * index + low] = value >>> 0;
}

/** Entry `j` of `after` minus entry `i` of `before`; negative when the counter fell. */
export function differenceBetween(before: CounterHalves, i: number, after: CounterHalves, j: number): number {
  const highs = (after[2 * j + high] ?? 0) - (before[2 * i + high] ?? 0);
  return highs * 2 ** 32 + ((after[2 * j + low] ?? 0) - (before[2 * i + low] ?? 0));
}

/** What the thread that sends and the thread that receives share. */
import { bucketCount } from '../statistics/histogram.ts';

/** Most requests on the way on one connection; beyond it the server is overloaded and requests are counted as unsent. */
export const mostOnTheWay = 16_384;

export interface LoadMemory {
  /** Intended sends, nanoseconds from the start: a ring of `mostOnTheWay` for each connection. */
  readonly intendedNs: Float64Array;
  /** Requests sent and answered, by connection. */
  readonly sent: Int32Array;
  readonly answered: Int32Array;
  readonly lateness: Int32Array;
  /** See `mark`. */
  readonly marks: Int32Array;
}

export const mark = {
  /** Requests in the window that were meant to be sent. */
  intended: 0,
  /** Of them, those that the server took no more. */
  unsent: 1,
  /** 1 when the last request has been sent. */
  done: 2,
} as const;

export function newLoadMemory(connections: number): LoadMemory {
  const ints = (length: number): Int32Array =>
    new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
  const ringBytes = connections * mostOnTheWay * Float64Array.BYTES_PER_ELEMENT;
  return {
    intendedNs: new Float64Array(new SharedArrayBuffer(ringBytes)),
    sent: ints(connections),
    answered: ints(connections),
    lateness: ints(bucketCount),
    marks: ints(3),
  };
}

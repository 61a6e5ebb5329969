/** What the load generator and its parent say to each other, one JSON line each. */
import type { SparseHistogram } from '../statistics/histogram.ts';
import type { Arrivals } from './arrivals.ts';
import type { ProtocolName } from './protocols/catalog.ts';
import type { RealTime } from './real-time.ts';

export interface GeneratorSpec {
  readonly protocol: ProtocolName;
  /** On the loopback address. */
  readonly port: number;
  readonly connections: number;
  readonly perSecond: number;
  readonly arrivals: Arrivals;
  readonly seed: number;
  /** Sent at the full rate and not counted. */
  readonly warmUpSeconds: number;
  readonly measureSeconds: number;
  readonly realTime?: RealTime;
}

export type GeneratorMessage =
  /** Connected; the keys are stored. It waits for the line `start`. */
  | { readonly kind: 'ready' }
  /** The window of intended sends that counts, CLOCK_MONOTONIC; decimal, as JSON has no such integers. */
  | { readonly kind: 'measuring'; readonly fromNs: string; readonly toNs: string }
  | ({ readonly kind: 'result' } & LoadResult);

/** Of the requests that were meant to be sent in the window. */
export interface LoadResult {
  readonly intended: number;
  readonly answered: number;
  /** Sent, and not answered within three seconds after the load ended: in `latency` with how long they had waited. */
  readonly unanswered: number;
  /** Never sent, as the server took no more: in `latency` likewise. */
  readonly unsent: number;
  /** From the intended send to the last byte of the answer, nanoseconds. */
  readonly latency: SparseHistogram;
  /** From the intended send to the moment when the generator began to send; waiting for the server is not in it. */
  readonly lateness: SparseHistogram;
  /** CPU time that the generator itself used from the start to the end of the load. */
  readonly cpuSeconds: number;
  readonly loadSeconds: number;
}

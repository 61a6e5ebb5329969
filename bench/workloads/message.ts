import type { SparseHistogram } from '../statistics/histogram.ts';

/** One line of a workload's standard output, as JSON. */
export type WorkloadMessage =
  | { readonly kind: 'ready'; readonly iterationsPerMs: number }
  | { readonly kind: 'prepared' }
  | { readonly kind: 'started' }
  | {
      readonly kind: 'progress';
      /** CLOCK_MONOTONIC, which every process of the host shares; decimal, as JSON has no such integers. */
      readonly monotonicNs: string;
      /** What it has completed since it started. */
      readonly completed: number;
    }
  /** Answers the line `latency`: every piece of work since it started, from when it was due to its end. */
  | { readonly kind: 'latency'; readonly histogram: SparseHistogram };

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
    };

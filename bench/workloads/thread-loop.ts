import type { DoWork } from './work.ts';

/** What every thread of a workload gets. */
export interface WorkloadThread {
  /** 0 .. threads - 1 */
  readonly index: number;
  readonly parameters: WorkloadParameters;
  /** Memory that all its threads share; see `slot`. */
  readonly shared: Int32Array;
  /** From the moment when a piece of work was due to its end, by length (bench/statistics/histogram.ts); all threads. */
  readonly latency: Int32Array;
  readonly doWork: DoWork;
  /** Iterations of `doWork` that take a millisecond on a CPU of one's own; 1 where the workload is not timed. */
  readonly iterationsPerMs: number;
}

export interface WorkloadParameters {
  readonly threads: number;
  /** Milliseconds of work before each meeting or pause, as a CPU of one's own would do it. */
  readonly workMs: number;
  /** Milliseconds from one start of work to the next; for workloads that pause. */
  readonly everyMs: number;
}

/** Runs until the process ends. */
export type ThreadLoop = (thread: WorkloadThread) => void;

/** Places in the shared memory. */
export const slot = {
  /** 0 until every thread is up; threads wait on it. */
  gate: 0,
  /** What the workload counts: phases, or pieces of work. Wraps at 2^31, after weeks. */
  completed: 1,
  arrived: 2,
  generation: 3,
} as const;
export const slotCount = 4;

import { barrier, spinningBarrier } from './barrier.ts';
import { burst, duty } from './duty.ts';
import { convoy, pipeline } from './hand-over.ts';
import { memory } from './memory.ts';
import { spin } from './spin.ts';
import type { ThreadLoop } from './thread-loop.ts';

export type WorkloadKind =
  'spin' | 'memory' | 'barrier' | 'spinning_barrier' | 'duty' | 'burst' | 'pipeline' | 'convoy';

export interface Workload {
  /** What each of its threads runs. */
  readonly loop: ThreadLoop;
  /** Whether the length of its pieces of work matters, so that the CPU's speed must be known. */
  readonly isTimed: boolean;
}

export const workloads: Readonly<Record<WorkloadKind, Workload>> = {
  spin: { loop: spin, isTimed: false },
  memory: { loop: memory, isTimed: false },
  spinning_barrier: { loop: spinningBarrier, isTimed: true },
  barrier: { loop: barrier, isTimed: true },
  duty: { loop: duty, isTimed: true },
  burst: { loop: burst, isTimed: true },
  pipeline: { loop: pipeline, isTimed: true },
  convoy: { loop: convoy, isTimed: true },
};

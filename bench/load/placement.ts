/**
 * Where the load generator runs. A client that loses its CPU to the neighbours measures itself; a client that takes CPU
 * from the victim changes what it measures. On the real system it would be on another machine.
 *
 * - With four CPUs or more it has the first one to itself, and the scene gets the others.
 * - With fewer it shares the first CPU with the scene, its two threads under SCHED_FIFO: no ordinary thread keeps them
 *   waiting, and what they use falls on that CPU in every arm alike. Arms give the victim its own CPUs from the last one
 *   down, so there the neighbours pay for it.
 * - Where SCHED_FIFO is not permitted it has nice -19, which others can still delay; the lateness that it measures then
 *   decides whether a trial counts.
 */
import { spawnSync } from 'node:child_process';
import type { CpuSet } from '../../kernel/cpu-set.ts';
import type { RealTime } from './real-time.ts';

export interface GeneratorPlacement {
  /** CPUs that the scene may use. */
  readonly sceneCpus: CpuSet;
  /** Absent where SCHED_FIFO is not permitted. */
  readonly realTime?: RealTime;
  /** Words before the program's own. */
  readonly prefix: readonly string[];
  /** For the report. */
  readonly sentence: string;
}

const cpusForOneOfItsOwn = 4;
const fifoPriority = 20;

/** Throws RangeError where there is no CPU. */
export function choosePlacement(online: CpuSet, mayFifo: boolean): GeneratorPlacement {
  const [cpu] = online.cpus;
  if (cpu === undefined) throw new RangeError('no CPU is online');
  const alone = online.cpus.length >= cpusForOneOfItsOwn;
  const how = mayFifo
    ? `under SCHED_FIFO ${fifoPriority} and ${fifoPriority + 1}`
    : 'at nice -19, as SCHED_FIFO is not permitted';
  return {
    sceneCpus: alone ? { cpus: online.cpus.slice(1) } : online,
    ...(mayFifo && { realTime: { cpu, priority: fifoPriority } }),
    prefix: ['nice', '-n', '-19'],
    sentence: alone
      ? `on CPU ${cpu}, which it has to itself, ${how}`
      : `on CPU ${cpu}, which it shares with the scene, ${how}`,
  };
}

/** Whether a process of ours may run under SCHED_FIFO: it needs root, and a cgroup with real-time time on v1. */
export function mayRunFifo(): boolean {
  return spawnSync('chrt', ['--fifo', String(fifoPriority), 'true'], { stdio: 'ignore' }).status === 0;
}

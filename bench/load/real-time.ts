/**
 * Puts the calling thread before every ordinary one and on a CPU of its choice.
 *
 * Only single threads: a Node process that is under SCHED_FIFO as a whole hangs on one CPU, as its main thread then
 * asks again and again for what a garbage collecting thread of the same priority never gets to do.
 */
import { spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';

export interface RealTime {
  readonly cpu: number;
  /** Of SCHED_FIFO, 1 to 99. */
  readonly priority: number;
}

/** Throws where that is not permitted. */
export function makeRealTime({ cpu, priority }: RealTime): void {
  const thread = readlinkSync('/proc/thread-self').split('/').at(-1) ?? '';
  run('taskset', '-c', '-p', String(cpu), thread);
  run('chrt', '--fifo', '-p', String(priority), thread);
}

function run(file: string, ...words: readonly string[]): void {
  const { status, stderr } = spawnSync(file, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} ${words.join(' ')}: ${stderr.trim()}`);
}

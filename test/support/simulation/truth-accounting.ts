/** Integrates a container's truth over a stretch of time in which nothing changes. */
import type { Cpu } from './cpu.ts';
import type { Group, GroupQueue } from './group.ts';
import type { ContainerTruth, WaitClass } from './truth.ts';

const whatStandsBefore = (queue: GroupQueue, cpu: Cpu): WaitClass => {
  if (queue.throttledHere) return 'throttled';
  if (cpu.current === undefined) return 'idle';
  if (cpu.stolen) return 'steal';
  if (queue.running) return 'self';
  return cpu.current.group === undefined ? 'system' : 'others';
};

export const advanceTruth = (truth: ContainerTruth, group: Group, cpus: readonly Cpu[], ns: number): void => {
  let runnable = 0;
  let running = 0;
  let startable = 0;
  let idleCpus = 0;
  for (const queue of group.queues) {
    const cpu = cpus[queue.cpu]!;
    const waiting = queue.queued - (queue.running ? 1 : 0);
    runnable += queue.queued;
    if (queue.running) running += 1;
    if (queue.running && cpu.stolen) truth.steal(ns);
    if (cpu.current === undefined && group.cpus.includes(queue.cpu)) idleCpus += 1;
    if (waiting === 0) continue;
    const behind = whatStandsBefore(queue, cpu);
    truth.wait(behind, waiting * ns);
    if (behind !== 'throttled') startable += waiting;
  }
  truth.advance(ns, runnable, runnable - running, startable, idleCpus);
};

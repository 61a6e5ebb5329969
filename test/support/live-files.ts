/** Kernel files read the plain way, beside the product's own readers and parsers and not through them. Seconds. */
import { readdirSync, readFileSync } from 'node:fs';
import type { CgroupLayout } from '../../host/cgroup-layout.ts';

export function readLine(path: string): string {
  return readFileSync(path, 'utf8').trim();
}

function numberAfter(text: string, key: string): number {
  const value = new RegExp(`^${key}[ =]([0-9]+)$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`no ${key} in ${JSON.stringify(text)}`);
  return Number(value);
}

const cpuFile = (layout: CgroupLayout, path: string, file: string): string =>
  readFileSync(`${layout.cpu}${path}/${file}`, 'utf8');

export function usageSeconds(layout: CgroupLayout, path: string): number {
  if (layout.version === 'v2') return numberAfter(cpuFile(layout, path, 'cpu.stat'), 'usage_usec') / 1e6;
  return Number(readLine(`${layout.cpuacct}${path}/cpuacct.usage`)) / 1e9;
}

/** Of this cgroup's own quota. */
export function throttledSeconds(layout: CgroupLayout, path: string): number {
  const text = cpuFile(layout, path, 'cpu.stat');
  return layout.version === 'v2'
    ? numberAfter(text, 'throttled_usec') / 1e6
    : numberAfter(text, 'throttled_time') / 1e9;
}

/** Of this cgroup's queues, by whichever quota. */
export function throttledLocalSeconds(layout: CgroupLayout, path: string): number {
  const text = cpuFile(layout, path, 'cpu.stat.local');
  return layout.version === 'v2'
    ? numberAfter(text, 'throttled_usec') / 1e6
    : numberAfter(text, 'throttled_time') / 1e9;
}

export function pressureSeconds(layout: CgroupLayout, path: string, line: 'some' | 'full'): number {
  const text = readFileSync(`${layout.pressure}${path}/cpu.pressure`, 'utf8');
  return Number(new RegExp(`^${line} .*total=([0-9]+)$`, 'm').exec(text)?.[1]) / 1e6;
}

export interface ThreadTimes {
  readonly tid: number;
  readonly ran: number;
  readonly waited: number;
}

/** One schedstat file: time on CPU, time runnable but not running. */
export function schedstatTimes(path: string): Omit<ThreadTimes, 'tid'> {
  const [ran, waited] = readLine(path).split(' ');
  return { ran: Number(ran) / 1e9, waited: Number(waited) / 1e9 };
}

export function threadTimes(pid: number): readonly ThreadTimes[] {
  return readdirSync(`/proc/${pid}/task`).map((tid) => ({
    tid: Number(tid),
    ...schedstatTimes(`/proc/${pid}/task/${tid}/schedstat`),
  }));
}

export function sumTimes(threads: readonly ThreadTimes[]): Omit<ThreadTimes, 'tid'> {
  return {
    ran: threads.reduce((sum, { ran }) => sum + ran, 0),
    waited: threads.reduce((sum, { waited }) => sum + waited, 0),
  };
}

/** What the thread that ran most between two readings ran and waited: a workload's one thread, not its sleeping main thread. */
export function busiestBetween(before: readonly ThreadTimes[], after: readonly ThreadTimes[]): ThreadTimes {
  const rises = after.map(({ tid, ran, waited }) => {
    const earlier = before.find((thread) => thread.tid === tid);
    return { tid, ran: ran - (earlier?.ran ?? 0), waited: waited - (earlier?.waited ?? 0) };
  });
  const [busiest] = rises.toSorted((a, b) => b.ran - a.ran);
  if (!busiest) throw new Error('no threads');
  return busiest;
}

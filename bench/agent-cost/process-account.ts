/** What Linux says a process costs, read from outside of it. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessAccount {
  /** CPU time of all its threads, from their schedstat: nanoseconds, where /proc/<pid>/stat counts 10 ms. */
  readonly cpuSeconds: number;
  /** utime + stime of /proc/<pid>/stat: the same by another file, as a check. */
  readonly statCpuSeconds: number;
  readonly residentBytes: number;
  readonly peakResidentBytes: number;
  readonly openDescriptors: number;
}

const userHz = 100;

/** Reads /proc of this machine. Threads that ended are in `statCpuSeconds` alone. */
export function readProcessAccount(pid: number): ProcessAccount {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    cpuSeconds: readdirSync(`/proc/${pid}/task`).reduce((sum, tid) => sum + threadSeconds(pid, tid), 0),
    statCpuSeconds: parseStatCpuSeconds(readFileSync(`/proc/${pid}/stat`, 'utf8')),
    residentBytes: parseStatusBytes(status, 'VmRSS'),
    peakResidentBytes: parseStatusBytes(status, 'VmHWM'),
    openDescriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** CPU time that the hypervisor kept from this machine so far, all CPUs. */
export function readStealSeconds(): number {
  const [, ...fields] = (readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? '').split(/\s+/);
  return Number(fields[7] ?? 0) / userHz;
}

function threadSeconds(pid: number, tid: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ')[0]) / 1e9;
  } catch {
    return 0; // ended in between
  }
}

/** Fields 14 and 15; the name in parentheses before them may hold anything. */
export function parseStatCpuSeconds(text: string): number {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / userHz;
}

export function parseStatusBytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? Number.NaN) * 1024;
}

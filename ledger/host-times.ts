/** What the CPUs did between two Samples, from /proc/stat: seconds per CPU and state. */
import type { CpuSet } from '../kernel/cpu-set.ts';
import type { CpuTimes, HostSample } from '../kernel/sample.ts';
import type { HostTimes } from './ledger.ts';

export interface CpuWindow extends HostTimes {
  readonly cpu: number;
}

/** The file counts in ticks of 10 ms: a difference may be off by one tick either way. */
export const cpuTimesResolutionSeconds = 0.01;

const fell = (a: CpuTimes, b: CpuTimes): boolean =>
  // Idle and iowait of a CPU may step back a little (Documentation/filesystems/proc.rst); a restart of all counters is hotplug.
  b.userNs < a.userNs || b.systemNs < a.systemNs || b.softirqNs < a.softirqNs;

const secondsBetween = (a: bigint, b: bigint): number => Math.max(0, Number(b - a) / 1e9);

/** CPUs present in both readings whose counters did not restart, ascending. */
export function deriveCpuWindows(previous: HostSample, next: HostSample): readonly CpuWindow[] {
  const before = new Map(previous.cpus.map((times) => [times.cpu, times]));
  return next.cpus.flatMap((b) => {
    const a = before.get(b.cpu);
    if (!a || fell(a, b)) return [];
    const irq = secondsBetween(a.irqNs + a.softirqNs, b.irqNs + b.softirqNs);
    return [
      {
        cpu: b.cpu,
        busySeconds: secondsBetween(a.userNs + a.niceNs + a.systemNs, b.userNs + b.niceNs + b.systemNs) + irq,
        idleSeconds: secondsBetween(a.idleNs + a.iowaitNs, b.idleNs + b.iowaitNs),
        stealSeconds: secondsBetween(a.stealNs, b.stealNs),
        irqSeconds: irq,
      },
    ];
  });
}

/** Sum over the CPUs of a set; over all of them where no set is given. */
export function sumCpuWindows(windows: readonly CpuWindow[], within?: CpuSet): HostTimes {
  const sum = { busySeconds: 0, idleSeconds: 0, stealSeconds: 0, irqSeconds: 0 };
  const allowed = within && new Set(within.cpus);
  for (const window of windows) {
    if (allowed && !allowed.has(window.cpu)) continue;
    sum.busySeconds += window.busySeconds;
    sum.idleSeconds += window.idleSeconds;
    sum.stealSeconds += window.stealSeconds;
    sum.irqSeconds += window.irqSeconds;
  }
  return sum;
}

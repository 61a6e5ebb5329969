/** How fast the models are, by the size of the host. */
import { cpuSetOf } from '../../kernel/cpu-set.ts';
import { predictEvents } from '../../ledger/predict/events.ts';
import { predictFluid } from '../../ledger/predict/fluid.ts';
import type {
  ModelGroup,
  ModelHost,
  ModelProgram,
  ModelThread,
} from '../../ledger/predict/scheduler-model.ts';

export interface SpeedRow {
  readonly cpus: number;
  readonly groups: number;
  readonly threads: number;
  /** Per second of CPU time, warm. */
  readonly eventsPerSecond: number;
  /** CPU time of one fluid prediction, warm. */
  readonly fluidMs: number;
}

export interface HostSize {
  readonly cpus: number;
  readonly pods: number;
}

export const usualSizes: readonly HostSize[] = [
  { cpus: 2, pods: 2 },
  { cpus: 8, pods: 16 },
  { cpus: 64, pods: 110 },
];

const programs: readonly ((pod: number) => ModelProgram)[] = [
  () => ({ kind: 'spin' }),
  (pod) => ({ kind: 'barrier', workNs: 1e6, set: `${pod}` }),
  () => ({ kind: 'duty', workNs: 1e6, everyNs: 4e6, arrivals: 'poisson' }),
];

/** Pods of one to eight threads of all programs, one in five with a quota. */
export function mixedHost({ cpus, pods }: HostSize): ModelHost {
  const groups: ModelGroup[] = [{ path: '/kubepods', shares: 1024 * cpus }];
  const threads: ModelThread[] = [];
  for (let pod = 0; pod < pods; pod++) {
    const path = `/kubepods/pod${pod}`;
    const quota = { quotaNs: 100e6, periodNs: 100e6 };
    groups.push({ path, shares: 512 + (pod % 7) * 256, ...(pod % 5 === 4 && { quota }) });
    const program = programs[pod % programs.length]?.(pod) ?? { kind: 'spin' };
    for (let i = 0; i <= pod % 8; i++) threads.push({ group: path, program });
  }
  return { cpus: cpuSetOf(Array.from({ length: cpus }, (_, i) => i)), groups, threads };
}

/** CPU time of this process in microseconds. */
export type CpuTime = () => number;

export function measureModelSpeed(size: HostSize, cpuTimeUsec: CpuTime): SpeedRow {
  const host = mixedHost(size);
  const seconds = Math.max(2, 512 / size.cpus);
  predictEvents(host, { seconds, warmUpSeconds: 0 });
  const beganUsec = cpuTimeUsec();
  const { events } = predictEvents(host, { seed: 2, seconds, warmUpSeconds: 0 });
  const eventsUsec = cpuTimeUsec() - beganUsec;
  predictFluid(host);
  const fluidBeganUsec = cpuTimeUsec();
  predictFluid(host);
  return {
    cpus: size.cpus,
    groups: host.groups.length,
    threads: host.threads.length,
    eventsPerSecond: (events * 1e6) / Math.max(1, eventsUsec),
    fluidMs: (cpuTimeUsec() - fluidBeganUsec) / 1000,
  };
}

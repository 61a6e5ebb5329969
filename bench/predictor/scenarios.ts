/**
 * The grid on which the predictors are checked against the kernel: a target beside a neighbour of spinning threads, under
 * settings that can be changed while both run. For two CPUs, which is what the settings apart and capped suppose.
 */
import { cpuSetOf, type CpuSet } from '../../kernel/cpu-set.ts';
import type {
  ModelGroup,
  ModelHost,
  ModelProgram,
  ModelThread,
} from '../../ledger/predict/scheduler-model.ts';
import type { WorkloadSpec } from '../workloads/workload-process.ts';

export interface Pair {
  readonly name: string;
  readonly target: WorkloadSpec;
  readonly neighbour: WorkloadSpec;
}

/** Of one of the two cgroups. */
export interface GroupSetting {
  readonly shares: number;
  readonly quotaCores?: number;
  readonly idle?: boolean;
  readonly cpus?: CpuSet;
}

export interface PairSetting {
  readonly name: string;
  readonly target: GroupSetting;
  readonly neighbour: GroupSetting;
}

const spinners = (threads: number): WorkloadSpec => ({ kind: 'spin', threads });
const barrierPair: WorkloadSpec = { kind: 'barrier', threads: 2, workMs: 1 };
const dutyThread: WorkloadSpec = { kind: 'duty', threads: 1, workMs: 1, everyMs: 4 };

const targets = {
  '1 spinner': spinners(1),
  '2 spinners': spinners(2),
  'barrier pair': barrierPair,
  '1 ms per 4 ms': dutyThread,
} as const;

export const pairs: readonly Pair[] = Object.entries(targets).flatMap(([name, target]) =>
  [2, 8].map((threads) => ({ name: `${name} | ${threads}`, target, neighbour: spinners(threads) })),
);

export const periodUsec = 100_000;

const atWeights = (target: number, neighbour: number): PairSetting => ({
  name: `${target}:${neighbour}`,
  target: { shares: target },
  neighbour: { shares: neighbour },
});

const even = atWeights(1024, 1024);

/** Weights are the target's to the neighbour's. */
export const pairSettings: readonly PairSetting[] = [
  atWeights(512, 512),
  atWeights(1024, 512),
  atWeights(1536, 512),
  atWeights(2560, 512),
  { ...even, name: 'neighbour capped at 1', neighbour: { shares: 1024, quotaCores: 1 } },
  { ...even, name: 'target capped at 0.5', target: { shares: 1024, quotaCores: 0.5 } },
  {
    ...even,
    name: 'apart',
    target: { shares: 1024, cpus: cpuSetOf([0]) },
    neighbour: { shares: 1024, cpus: cpuSetOf([1]) },
  },
  { ...even, name: 'neighbour idle class', neighbour: { shares: 1024, idle: true } },
];

export const targetPath = '/target';
export const neighbourPath = '/neighbour';

/** The same as the models take it. */
export function modelOf(pair: Pair, setting: PairSetting): ModelHost {
  return {
    cpus: cpuSetOf([0, 1]),
    groups: [groupOf(targetPath, setting.target), groupOf(neighbourPath, setting.neighbour)],
    threads: [...threadsOf(targetPath, pair.target), ...threadsOf(neighbourPath, pair.neighbour)],
  };
}

function groupOf(path: string, { shares, quotaCores, idle, cpus }: GroupSetting): ModelGroup {
  const periodNs = periodUsec * 1000;
  return {
    path,
    shares,
    ...(idle === true && { idle }),
    ...(quotaCores !== undefined && { quota: { quotaNs: quotaCores * periodNs, periodNs } }),
    ...(cpus && { cpus }),
  };
}

function threadsOf(group: string, spec: WorkloadSpec): readonly ModelThread[] {
  return Array.from({ length: spec.threads }, () => ({ group, program: programOf(group, spec) }));
}

function programOf(group: string, { kind, workMs = 1, everyMs = 100 }: WorkloadSpec): ModelProgram {
  const [workNs, everyNs] = [workMs * 1e6, everyMs * 1e6];
  if (kind === 'barrier') return { kind, workNs, set: group, meetings: 2 };
  if (kind === 'duty') return { kind, workNs, everyNs };
  return { kind: 'spin' };
}

/** Programs and settings that place threads or write CPU settings beside us: how each is seen, and what it means. */

export interface CpuManager {
  /** `comm` of its process, at most 15 characters; absent for what is a setting. */
  readonly processName?: string;
  /** What it does to whoever measures or writes CPU settings. */
  readonly consequence: string;
  readonly remedy?: string;
  /** It writes the very files that a tuner writes, and would undo or be undone. */
  readonly writesSameFiles: boolean;
}

const oneManager = 'let one manager write, not two';

export const cpuManagers = {
  // Without its static CPU manager it writes a pod's files when the pod starts or is resized, and never again.
  kubelet: {
    processName: 'kubelet',
    consequence: 'it writes weights and quotas of pods; measuring is not affected',
    writesSameFiles: false,
  },
  'kubelet static CPU manager': {
    consequence:
      'it pins Guaranteed pods with whole CPUs and rewrites the cpusets of all others when that changes',
    remedy: 'leave cpusets to it; do not pin by other means on this node',
    writesSameFiles: true,
  },
  koordlet: {
    processName: 'koordlet',
    consequence: 'it suppresses and pins pods while you measure: gaps may be its doing',
    remedy: `read its configuration beside the ledger; ${oneManager}`,
    writesSameFiles: true,
  },
  'crane-agent': {
    processName: 'crane-agent',
    consequence: 'it changes quotas and cpusets while you measure: gaps may be its doing',
    remedy: oneManager,
    writesSameFiles: true,
  },
  'katalyst-agent': {
    processName: 'katalyst-agent',
    consequence: 'it moves pods between pools of CPUs while you measure',
    remedy: oneManager,
    writesSameFiles: true,
  },
  'titus-isolate': {
    processName: 'titus-isolate',
    consequence: 'it moves containers between CPUs while you measure',
    remedy: oneManager,
    writesSameFiles: true,
  },
  'NRI resource policy': {
    processName: 'nri-resource-po',
    consequence: 'it assigns CPUs to containers as they start and rebalances them later',
    remedy: oneManager,
    writesSameFiles: true,
  },
  'dra-driver-cpu': {
    processName: 'dracpu',
    consequence: 'it gives containers the CPUs that their resource claims name',
    remedy: 'leave cpusets to it; do not pin by other means on this node',
    writesSameFiles: true,
  },
  tuned: {
    processName: 'tuned',
    consequence: 'it may set affinities and scheduler knobs by profile',
    writesSameFiles: false,
  },
  numad: {
    processName: 'numad',
    consequence: 'it moves processes between NUMA nodes',
    remedy: 'stop it where pods are pinned by other means',
    writesSameFiles: true,
  },
  'systemd CPUAffinity': {
    consequence: 'services start on these CPUs only; cgroup files do not show that',
    writesSameFiles: false,
  },
} as const satisfies Readonly<Record<string, CpuManager>>;

export type ManagerName = keyof typeof cpuManagers;

/** A manager that was seen. */
export interface ManagerFact {
  readonly name: ManagerName;
  /** What was seen: `process 1234`, `/etc/systemd/system.conf: CPUAffinity=0-3`. */
  readonly evidence: string;
}

export function managerOf(name: ManagerName): CpuManager {
  return cpuManagers[name];
}

/** By `comm` of a process. */
export function managerOfProcess(comm: string): ManagerName | undefined {
  const names = Object.keys(cpuManagers) as ManagerName[];
  return names.find((name) => managerOf(name).processName === comm);
}

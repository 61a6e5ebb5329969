/** Who else places threads or writes CPU settings here, and what that means. Pure. */
import type { DoctorFacts, ManagerName } from '../../host/doctor-facts.ts';
import { counted, listed, printable } from '../render/words.ts';
import { degraded, ok, type Finding } from './finding.ts';
import type { SampleSummary } from './sample-summary.ts';

interface ManagerWords {
  /** Measuring is not in its way; what it does matters to whoever reads or changes settings. */
  readonly consequence: string;
  readonly remedy?: string;
}

const managerWords: Readonly<Record<ManagerName, ManagerWords>> = {
  kubelet: { consequence: 'it writes weights and quotas of pods; measuring is not affected' },
  'kubelet static CPU manager': {
    consequence:
      'it pins Guaranteed pods with whole CPUs and rewrites the cpusets of all others when that changes',
    remedy: 'leave cpusets to it; do not pin by other means on this node',
  },
  koordlet: {
    consequence: 'it suppresses and pins pods while you measure: gaps may be its doing',
    remedy: 'read its configuration beside the ledger; let one manager write, not two',
  },
  'crane-agent': {
    consequence: 'it changes quotas and cpusets while you measure: gaps may be its doing',
    remedy: 'let one manager write, not two',
  },
  'katalyst-agent': {
    consequence: 'it moves pods between pools of CPUs while you measure',
    remedy: 'let one manager write, not two',
  },
  'titus-isolate': {
    consequence: 'it moves containers between CPUs while you measure',
    remedy: 'let one manager write, not two',
  },
  tuned: { consequence: 'it may set affinities and scheduler knobs by profile' },
  numad: {
    consequence: 'it moves processes between NUMA nodes',
    remedy: 'stop it where pods are pinned by other means',
  },
  'systemd CPUAffinity': { consequence: 'services start on these CPUs only; cgroup files do not show that' },
};

export function findConflicts(facts: DoctorFacts, sample: SampleSummary | undefined): readonly Finding[] {
  const conflicts = [...managerFindings(facts), ...settingFindings(facts, sample)];
  return conflicts.length > 0 ? conflicts : [ok('other CPU managers', 'none seen')];
}

function managerFindings(facts: DoctorFacts): readonly Finding[] {
  const byName = Map.groupBy(facts.managers, ({ name }) => name);
  return [...byName].map(([name, seen]) => {
    const { consequence, remedy } = managerWords[name];
    const found = seen.map(({ evidence }) => printable(evidence)).join(', ');
    return name === 'kubelet'
      ? ok(name, `${found}; ${consequence}`)
      : degraded(name, found, consequence, remedy);
  });
}

const mostPaths = 3;

function settingFindings(facts: DoctorFacts, sample: SampleSummary | undefined): readonly Finding[] {
  const { isolatedCpus, schedExt } = facts.machine;
  const narrowed = sample?.narrowedAncestors ?? [];
  return [
    ...(isolatedCpus === ''
      ? []
      : [
          degraded(
            'isolated CPUs',
            isolatedCpus,
            'the kernel balances no load on them: idle time there is phantom for whoever is not pinned to it',
          ),
        ]),
    ...(schedExt === undefined
      ? []
      : [
          degraded(
            'sched_ext',
            printable(schedExt),
            'another scheduler is loaded: weights and quotas mean what it makes of them',
            'compare with it unloaded',
          ),
        ]),
    ...(narrowed.length === 0
      ? []
      : [
          degraded(
            'narrowed slices',
            `${listed(narrowed.slice(0, mostPaths).map(printable))}${narrowed.length > mostPaths ? ` and ${counted(narrowed.length - mostPaths, 'other')}` : ''}`,
            'a cpuset above containers (AllowedCPUs= of a slice, or a runtime) narrows them all',
          ),
        ]),
  ];
}

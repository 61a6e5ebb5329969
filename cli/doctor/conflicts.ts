/** Who else places threads or writes CPU settings here, and what that means. Pure. */
import { managerOf } from '../../host/who-manages-cpus.ts';
import type { DoctorFacts } from '../../host/doctor-facts.ts';
import { counted, listed, printable } from '../render/words.ts';
import { degraded, ok, type Finding } from './finding.ts';
import type { SampleSummary } from './sample-summary.ts';

export function findConflicts(facts: DoctorFacts, sample: SampleSummary | undefined): readonly Finding[] {
  const conflicts = [...managerFindings(facts), ...settingFindings(facts, sample)];
  return conflicts.length > 0 ? conflicts : [ok('other CPU managers', 'none seen')];
}

function managerFindings(facts: DoctorFacts): readonly Finding[] {
  const byName = Map.groupBy(facts.managers, ({ name }) => name);
  return [...byName].map(([name, seen]) => {
    const { consequence, remedy } = managerOf(name);
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

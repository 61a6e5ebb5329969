import type { QualityFlag } from '../../../ledger/ledger.ts';
import { formatDuration } from '../../render/numbers.ts';
import { counted } from '../../render/words.ts';
import { say, type Topic } from '../explanation.ts';

/** What each flag means for the numbers above. */
export const qualityWords: Readonly<Record<QualityFlag, string>> = {
  psi_off:
    'Pressure (PSI) is off, so the time in which somebody waited is known only from thread counters: boot with psi=1.',
  no_schedstat: 'Thread counters (schedstat) cannot be read, so waiting is known only from pressure.',
  threads_not_sampled:
    'Its threads were not read in some window, because nothing suggested that they waited.',
  no_waiting_data:
    'Neither pressure nor threads can be read, so what it wanted beyond what it got is unknown.',
  thread_churn:
    'Threads started and ended between readings; part of its run time was not seen thread by thread.',
  coarse_idle: 'The idle time of CPUs is too coarse for windows this short: phantom time is rough.',
  no_cpu_times:
    'What the CPUs did could not be read, so where the missing time went and who else ran is unknown.',
  no_usage: 'Its CPU usage could not be read.',
  cpu_hotplug: 'A CPU went on or off line in the time.',
  long_window: 'A window was so long that gaps and idle times average each other out.',
  nested_cgroups:
    'Its threads are in cgroups below its own, which the exact source does not follow: kernel files were used.',
  counters_lost: 'Some events found a full table in the kernel and were not counted.',
  no_cpuset: 'Which CPUs it may use could not be read; all are assumed.',
};

export const describeDataQuality: Topic = ({ container, windowCount, noExactReason }) => {
  const length = formatDuration(container.windowSeconds / windowCount);
  const { source: kind, periodSeconds } = container;
  const periods =
    kind === 'exact' && periodSeconds !== undefined
      ? `, and the gap is the sum over periods of ${formatDuration(periodSeconds)}`
      : '';
  const source =
    kind === 'exact'
      ? `exact: every wakeup and switch was counted in the kernel${periods}`
      : 'portable: derived from kernel files, which do not show how many threads were runnable at each moment; hence bounds where they matter';
  const flags = container.quality.map((flag) => say(qualityWords[flag]));
  return [
    say(`${counted(windowCount, 'window')} of ${length}. Source ${source}.`),
    ...(kind === 'portable' && noExactReason !== undefined
      ? [say(`No exact counters were used: ${noExactReason}.`)]
      : []),
    ...(flags.length === 0 ? [say('Nothing was missing or doubtful in these windows.')] : flags),
  ];
};

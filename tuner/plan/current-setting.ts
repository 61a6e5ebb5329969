/** What stands in a cgroup now, as a Setting; undefined where this kernel or hierarchy has no such file. */
import type { CgroupVersion, CpuWeight } from '../../kernel/sample.ts';
import type { GroupView } from '../observation/node-view.ts';
import type { Knob, Setting } from './setting.ts';

export function currentSetting(group: GroupView, knob: Knob): Setting | undefined {
  const { weight, idle, quota, configuredCpus, partition } = group;
  switch (knob) {
    case 'weight':
      // An idle group shows the weight of the idle class, not its own, and forgets its own.
      return weight && idle !== true ? { knob, weight } : undefined;
    case 'idle':
      return idle === undefined ? undefined : { knob, idle };
    case 'quota':
      return quota && { knob, quotaUsec: quota.quotaUsec, periodUsec: quota.periodUsec };
    case 'burst':
      return quota?.burstUsec === undefined ? undefined : { knob, burstUsec: quota.burstUsec };
    case 'cpus':
      return configuredCpus && { knob, cpus: configuredCpus };
    case 'partition':
      return partition && { knob, partition };
  }
}

/** The weight that the kernel gives a group as it leaves the idle class, whatever it had before. */
export function defaultWeight(version: CgroupVersion): CpuWeight {
  return version === 'v2' ? { kind: 'weight', weight: 100 } : { kind: 'shares', shares: 1024 };
}

import type { CgroupSettings } from '../../host/cgroup-settings.ts';
import type { Setting } from '../../tuner/plan/setting.ts';

/** The setting as the cgroup writer takes it. Throws RangeError for what no arm sets. */
export function cgroupSettingsOf(setting: Setting): CgroupSettings {
  switch (setting.knob) {
    case 'weight':
      return { weight: setting.weight };
    case 'quota':
      return { quota: { quotaUsec: setting.quotaUsec, periodUsec: setting.periodUsec } };
    case 'idle':
      return { idle: setting.idle };
    case 'cpus':
      return { allowedCpus: setting.cpus };
    case 'burst':
    case 'partition':
      throw new RangeError(`no arm sets ${setting.knob}`);
  }
}

/** What a node looks like after writes, by the model of the kernel: to plan on, to predict, to compare with. */
import type { GroupView, NodeView } from '../observation/node-view.ts';
import { CgroupModel, type KernelRefusal } from './cgroup-model.ts';
import { cpuSetOfMask } from './cpu-mask.ts';
import { knobs, type Setting } from './setting.ts';

/** The groups after the writes; a write that the kernel would refuse is left out. */
export function viewAfter(
  view: NodeView,
  writes: readonly { readonly path: string; readonly to: Setting }[],
): NodeView {
  const model = new CgroupModel(view);
  for (const { path, to } of writes) model.write(path, to) satisfies KernelRefusal | undefined;
  return { ...view, groups: view.groups.map((group) => groupAfter(group, model)) };
}

function groupAfter(group: GroupView, model: CgroupModel): GroupView {
  const effective = model.effective(group.path);
  let after: GroupView =
    effective === undefined ? group : { ...group, effectiveCpus: cpuSetOfMask(effective) };
  for (const knob of knobs) after = withSetting(after, model.setting(group.path, knob));
  return after;
}

function withSetting(group: GroupView, setting: Setting | undefined): GroupView {
  switch (setting?.knob) {
    case undefined:
      return group;
    case 'weight':
      return { ...group, weight: setting.weight };
    case 'idle':
      return { ...group, idle: setting.idle };
    case 'quota': {
      const { quotaUsec, periodUsec } = setting;
      return { ...group, quota: { ...group.quota, quotaUsec, periodUsec } };
    }
    case 'burst':
      return group.quota ? { ...group, quota: { ...group.quota, burstUsec: setting.burstUsec } } : group;
    case 'cpus':
      return { ...group, configuredCpus: setting.cpus };
    case 'partition':
      return { ...group, partition: setting.partition };
  }
}

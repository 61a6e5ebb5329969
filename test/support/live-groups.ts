/** The view of real cgroups that the planner takes, and their files byte for byte. */
import { readFileSync } from 'node:fs';
import type { CgroupLayout } from '../../host/cgroup-layout.ts';
import { readCgroupId, readControl } from '../../host/cgroup-writer.ts';
import { defaultRoots } from '../../host/roots.ts';
import { readTopology } from '../../host/topology-reader.ts';
import { emptyCpuSet } from '../../kernel/cpu-set.ts';
import { filesOf, parseSetting } from '../../tuner/actuation/knob-files.ts';
import type { GroupView, NodeView } from '../../tuner/observation/node-view.ts';
import { knobs, type Knob, type Setting } from '../../tuner/plan/setting.ts';

function settingAt<K extends Knob>(
  layout: CgroupLayout,
  path: string,
  knob: K,
): Extract<Setting, { knob: K }> | undefined {
  const texts = filesOf(layout.version, knob).map((file) => readControl(layout, { ...file, path })?.text);
  if (texts.length === 0 || texts.includes(undefined)) return undefined;
  return parseSetting(layout.version, knob, texts as string[]) as Extract<Setting, { knob: K }>;
}

export function readGroup(layout: CgroupLayout, path: string): GroupView {
  const quota = settingAt(layout, path, 'quota');
  const burst = settingAt(layout, path, 'burst');
  const [weight, idle, cpus, partition] = [
    settingAt(layout, path, 'weight'),
    settingAt(layout, path, 'idle'),
    settingAt(layout, path, 'cpus'),
    settingAt(layout, path, 'partition'),
  ];
  return {
    path,
    cgroupId: readCgroupId(layout, path)!,
    ...(weight && { weight: weight.weight }),
    ...(idle && { idle: idle.idle }),
    ...(quota && {
      quota: {
        quotaUsec: quota.quotaUsec,
        periodUsec: quota.periodUsec,
        ...(burst && { burstUsec: burst.burstUsec }),
      },
    }),
    ...(cpus && { configuredCpus: cpus.cpus }),
    ...(partition && { partition: partition.partition }),
  };
}

export function readView(layout: CgroupLayout, managedRoot: string, paths: readonly string[]): NodeView {
  return {
    cgroupVersion: layout.version,
    topology: readTopology(defaultRoots),
    reservedCpus: emptyCpuSet,
    managedRoot,
    groups: [managedRoot, ...paths].map((path) => readGroup(layout, path)),
    containers: [],
    wallTimeMs: 0,
    ageSeconds: 0,
  };
}

/** Control file -> its bytes. */
export function readBytes(layout: CgroupLayout, paths: readonly string[]): Readonly<Record<string, string>> {
  const files = knobs.flatMap((knob) => filesOf(layout.version, knob));
  return Object.fromEntries(
    paths.flatMap((path) =>
      files.map(({ controller, file }) => {
        const full = `${layout[controller]!}${path}/${file}`;
        return [full, readFileSync(full, 'latin1')];
      }),
    ),
  );
}

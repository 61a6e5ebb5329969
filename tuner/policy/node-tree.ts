/** The managed cgroups as a tree, with what the containers below each one reserve and receive. */
import { cpuSetEquals, cpuSetIntersection, emptyCpuSet, type CpuSet } from '../../kernel/cpu-set.ts';
import type { ContainerView, GroupView, NodeView } from '../observation/node-view.ts';
import type { Baseline, WantedSetting } from './policy.ts';
import type { Setting } from '../plan/setting.ts';

export interface NodeTree {
  readonly view: NodeView;
  readonly groups: ReadonlyMap<string, GroupView>;
  /** In path order. */
  readonly containers: readonly ContainerView[];
  /** By the parent's path, in path order. */
  readonly children: ReadonlyMap<string, readonly GroupView[]>;
  /** The containers in a group or below it, by its path. */
  readonly below: ReadonlyMap<string, readonly ContainerView[]>;
  /** What stood in a group before the tuner wrote: its own setting, where it wrote none. */
  readonly original: (group: GroupView, knob: Setting['knob']) => Setting | undefined;
}

export function makeNodeTree(view: NodeView, baseline: readonly Baseline[]): NodeTree {
  const groups = new Map(view.groups.toSorted(byPath).map((group) => [group.path, group]));
  const containers = view.containers.toSorted(byPath);
  const children = Map.groupBy(
    [...groups.values()].filter(({ path }) => path !== rootOf(view)),
    ({ path }) => parentPath(path),
  );
  const below = new Map<string, ContainerView[]>([...groups.keys()].map((path) => [path, []]));
  for (const container of containers) {
    for (let path = container.path; path !== ''; path = parentPath(path)) below.get(path)?.push(container);
  }
  const before = new Map(
    baseline.map((each) => [`${each.setting.knob} ${each.cgroupId} ${each.path}`, each.setting]),
  );
  const original = (group: GroupView, knob: Setting['knob']): Setting | undefined =>
    before.get(`${knob} ${group.cgroupId} ${group.path}`) ?? standingSetting(group, knob);
  return { view, groups, containers, children, below, original };
}

/** The value of a control file as it stands; undefined where this host has no such file. */
export function standingSetting(group: GroupView, knob: Setting['knob']): Setting | undefined {
  const { weight, quota, idle, configuredCpus, partition } = group;
  switch (knob) {
    case 'weight':
      return weight && { knob, weight };
    case 'quota':
      return quota && { knob, quotaUsec: quota.quotaUsec, periodUsec: quota.periodUsec };
    case 'burst':
      return quota?.burstUsec === undefined ? undefined : { knob, burstUsec: quota.burstUsec };
    case 'idle':
      return idle === undefined ? undefined : { knob, idle };
    case 'cpus':
      return configuredCpus && { knob, cpus: configuredCpus };
    case 'partition':
      return partition && { knob, partition };
  }
}

export const parentPath = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** The managed root as a prefix of paths: `/` is the empty one. */
export const rootOf = (view: NodeView): string => view.managedRoot.replace(/\/+$/, '');

/** The group of this path and its ancestors below the managed root, nearest first: what may be written for it. */
export function lineOf(tree: NodeTree, path: string): readonly GroupView[] {
  const root = rootOf(tree.view);
  const line: GroupView[] = [];
  for (let at = path; at !== root && at.startsWith(`${root}/`); at = parentPath(at)) {
    const group = tree.groups.get(at);
    if (group) line.push(group);
  }
  return line;
}

/** True where every container of the group may be acted on. */
export function isManaged(tree: NodeTree, path: string): boolean {
  const containers = tree.below.get(path) ?? [];
  return containers.length > 0 && containers.every(({ excluded }) => excluded === undefined);
}

export const reservedCores = (containers: readonly ContainerView[]): number =>
  containers.reduce((sum, container) => sum + (container.reservedCores ?? 0), 0);

/**
 * The view as it will be when exactly `wanted` differs from the baseline, with the CPUs that will then be in force:
 * on v2 configured and the parent's, or the parent's where these have none in common; on v1 the configured ones.
 */
export function intendedView(
  view: NodeView,
  baseline: readonly Baseline[],
  wanted: readonly WantedSetting[],
): NodeView {
  const changes = new Map<string, Setting[]>();
  for (const { path, cgroupId, setting } of [...baseline, ...wanted]) {
    const key = `${cgroupId} ${path}`;
    changes.set(key, [...(changes.get(key) ?? []), setting]);
  }
  const effective = new Map<string, CpuSet>();
  const groups = view.groups.toSorted(byPath).map((group) => {
    const changed = (changes.get(`${group.cgroupId} ${group.path}`) ?? []).reduce(withSetting, group);
    const cpus = effectiveCpus(changed, effective.get(parentPath(group.path)) ?? view.topology.online, view);
    effective.set(group.path, cpus);
    return group.effectiveCpus && cpuSetEquals(group.effectiveCpus, cpus)
      ? changed
      : { ...changed, effectiveCpus: cpus };
  });
  return { ...view, groups };
}

function effectiveCpus(
  { configuredCpus, effectiveCpus: now }: GroupView,
  above: CpuSet,
  view: NodeView,
): CpuSet {
  if (configuredCpus === undefined) return now ?? above;
  if (view.cgroupVersion !== 'v2' && configuredCpus.cpus.length > 0) return configuredCpus;
  if (configuredCpus.cpus.length === 0) return above;
  const common = cpuSetIntersection(configuredCpus, above);
  return common.cpus.length > 0 ? common : above;
}

function withSetting(group: GroupView, setting: Setting): GroupView {
  switch (setting.knob) {
    case 'weight':
      return { ...group, weight: setting.weight };
    case 'quota': {
      const { quotaUsec, periodUsec } = setting;
      return { ...group, quota: { ...group.quota, quotaUsec, periodUsec } };
    }
    case 'burst': {
      const { burstUsec } = setting;
      return group.quota ? { ...group, quota: { ...group.quota, burstUsec } } : group;
    }
    case 'idle':
      return { ...group, idle: setting.idle };
    case 'cpus':
      return { ...group, configuredCpus: setting.cpus };
    case 'partition':
      return { ...group, partition: setting.partition };
  }
}

export const originalCpus = (tree: NodeTree, group: GroupView): CpuSet => {
  const setting = tree.original(group, 'cpus');
  return setting?.knob === 'cpus' ? setting.cpus : emptyCpuSet;
};

export const byPath = (a: { readonly path: string }, b: { readonly path: string }): number =>
  a.path < b.path ? -1 : a.path > b.path ? 1 : 0;

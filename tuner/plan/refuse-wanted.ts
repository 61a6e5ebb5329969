/** What is wrong with one wanted setting by itself, in words that name the invariant; undefined: nothing. */
import { cpuSetIntersection, cpuSetIsSubset, formatCpuSet } from '../../kernel/cpu-set.ts';
import type { CgroupVersion, CpuWeight } from '../../kernel/sample.ts';
import { effectiveShares } from '../../kernel/cpu-weight.ts';
import type { NodeView } from '../observation/node-view.ts';
import type { Baseline, WantedSetting } from '../policy/policy.ts';
import { currentSetting } from './current-setting.ts';
import { isAtOrBelow, isBelow, type TreeNode } from './group-tree.ts';
import type { PlanLimits } from './limits.ts';
import type { Setting } from './setting.ts';

export interface WantedCircumstances {
  readonly view: NodeView;
  readonly limits: PlanLimits;
  readonly node: TreeNode | undefined;
  /** What stood in the file before the tuner came, or stands there now. */
  readonly unwanted: Setting | undefined;
}

export function refuseWanted(wanted: WantedSetting, circumstances: WantedCircumstances): string | undefined {
  const { view, limits, node } = circumstances;
  if (view.ageSeconds > limits.greatestAgeSeconds) {
    return `the observation is ${Math.round(view.ageSeconds)} s old, and at most ${limits.greatestAgeSeconds} s are believed`;
  }
  if (!isBelow(wanted.path, view.managedRoot)) return `it is not below the managed root ${view.managedRoot}`;
  if (node === undefined) return 'there is no such cgroup';
  if (node.group.cgroupId !== wanted.cgroupId) return 'the cgroup was re-created since it was observed';
  return (
    refuseExcluded(wanted, circumstances) ??
    refuseValue(wanted.setting, view.cgroupVersion) ??
    (hasKnob(node, wanted.setting) ? undefined : `this cgroup has no ${wanted.setting.knob} to set`) ??
    refuseCpus(wanted, circumstances)
  );
}

/** An idle group has a weight, though it does not show it. */
function hasKnob({ group }: TreeNode, { knob }: Setting): boolean {
  return (knob === 'weight' ? group.weight : currentSetting(group, knob)) !== undefined;
}

function refuseExcluded(
  { path, setting }: WantedSetting,
  { view, unwanted }: WantedCircumstances,
): string | undefined {
  const touched = view.containers.find(
    (container) =>
      container.excluded !== undefined &&
      (isAtOrBelow(path, container.path) || isAtOrBelow(container.path, path)),
  );
  if (touched?.excluded === undefined) return undefined;
  // A class of pods may gain weight for the sake of one: nobody in it loses by that.
  const isAbove = isBelow(touched.path, path);
  if (isAbove && setting.knob === 'weight' && unwanted?.knob === 'weight') {
    if (effectiveShares(setting.weight) >= effectiveShares(unwanted.weight)) return undefined;
  }
  return `${touched.path} is to be left alone: ${touched.excluded}`;
}

function refuseValue(setting: Setting, version: CgroupVersion): string | undefined {
  switch (setting.knob) {
    case 'weight':
      return refuseWeight(setting.weight, version);
    case 'quota':
      return refuseQuota(setting.quotaUsec, setting.periodUsec);
    case 'burst':
      return isWholeWithin(setting.burstUsec, 0, Number.MAX_SAFE_INTEGER)
        ? undefined
        : 'a burst is a whole number of microseconds';
    case 'partition':
      return version === 'v2' ? undefined : 'there are no partitions on cgroup v1';
    case 'cpus':
    case 'idle':
      return undefined;
  }
}

function refuseWeight(weight: CpuWeight, version: CgroupVersion): string | undefined {
  const kind = version === 'v2' ? 'weight' : 'shares';
  const [least, greatest] = version === 'v2' ? [1, 10_000] : [2, 262_144];
  const value = weight.kind === 'weight' ? weight.weight : weight.shares;
  return weight.kind === kind && isWholeWithin(value, least, greatest)
    ? undefined
    : `here a weight is cpu.${kind}, a whole number from ${least} to ${greatest}`;
}

/** The kernel takes no quota below 1 ms, and periods from 1 ms to 1 s (kernel/sched/core.c, tg_set_cfs_bandwidth). */
function refuseQuota(quotaUsec: number | 'max', periodUsec: number): string | undefined {
  if (!isWholeWithin(periodUsec, 1000, 1_000_000)) return 'a period lasts from 1000 to 1000000 microseconds';
  return quotaUsec === 'max' || isWholeWithin(quotaUsec, 1000, Number.MAX_SAFE_INTEGER)
    ? undefined
    : 'a quota is at least 1000 microseconds';
}

function refuseCpus(
  { setting, rung }: WantedSetting,
  { view, limits }: WantedCircumstances,
): string | undefined {
  if (setting.knob === 'partition') {
    return setting.partition === 'member' || limits.mayPartition
      ? undefined
      : 'partitions are made only where they were asked for';
  }
  if (setting.knob !== 'cpus') return undefined;
  const { cpus } = setting;
  const { online } = view.topology;
  if (view.cgroupVersion !== 'v2' && cpus.cpus.length === 0) return 'on cgroup v1 a cpuset may not be empty';
  if (!cpuSetIsSubset(cpus, online))
    return `CPUs ${formatCpuSet(cpus)} are not all online (${formatCpuSet(online)})`;
  const reserved = cpuSetIntersection(cpus, view.reservedCpus);
  return (rung === 'exclusive' || rung === 'partition') && reserved.cpus.length > 0
    ? `CPU ${formatCpuSet(reserved)} is reserved for the system, and never given away`
    : undefined;
}

function isWholeWithin(value: number, least: number, greatest: number): boolean {
  return Number.isInteger(value) && value >= least && value <= greatest;
}

/** The baseline of a setting of this very cgroup. */
export function baselineKey({ path, cgroupId, setting }: Baseline): string {
  return `${path} ${cgroupId} ${setting.knob}`;
}

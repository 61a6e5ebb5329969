/**
 * The order in which settings change, so that the kernel takes each write and no group is ever worse off than before or
 * after. For each kind of file, what gives comes before what takes:
 *
 *   1. partitions end                     their CPUs go back to everybody
 *   2. cpusets widen, from the top        to what was and what will be; a child is never wider than its parent
 *   3. bursts fall                        a burst may not exceed the quota, before or after
 *   4. quotas rise, from the top          on v1 a child's may not exceed its parent's
 *   5. quotas fall, from the bottom
 *   6. bursts rise
 *   7. groups leave the idle class        an idle group takes no weight, and has the default when it leaves
 *   8. weights
 *   9. groups enter the idle class
 *  10. cpusets narrow, from the bottom
 *  11. partitions begin
 *
 * Done backwards, with each write undone, it passes through the same states: that is how a plan is taken back.
 */
import { cpuSetEquals, cpuSetIsSubset, cpuSetUnion, emptyCpuSet, type CpuSet } from '../../kernel/cpu-set.ts';
import type { CgroupVersion } from '../../kernel/sample.ts';
import { quotaRatio } from './cgroup-model.ts';
import { comparePaths } from './group-tree.ts';
import type { Knob, Setting } from './setting.ts';

export interface Transition {
  readonly path: string;
  readonly from: Setting;
  readonly to: Setting;
}

/** One write: a transition, or one of the two halves of a cpuset that both widens and narrows. */
export interface OrderedWrite<T extends Transition> {
  readonly transition: T;
  readonly from: Setting;
  readonly to: Setting;
}

type SettingOf<K extends Knob> = Extract<Setting, { knob: K }>;
type Change<T, K extends Knob> = {
  readonly transition: T;
  readonly from: SettingOf<K>;
  readonly to: SettingOf<K>;
};

/** Every transition as one write, or two, in a safe order; the same whatever the order of what is given. */
export function orderWrites<T extends Transition>(
  version: CgroupVersion,
  transitions: readonly T[],
): readonly OrderedWrite<T>[] {
  const down = transitions.toSorted((a, b) => comparePaths(a.path, b.path));
  const of = <K extends Knob>(knob: K): readonly Change<T, K>[] => down.flatMap((t) => changeOf(t, knob));
  const above = pathsAboveCpusets(transitions);
  const cpusets = of('cpus').map((change) => cpusetSteps(version, change, above.has(change.transition.path)));
  const [partitions, bursts, quotas, idles] = [of('partition'), of('burst'), of('quota'), of('idle')];
  const rises = ({ from, to }: Change<T, 'quota'>): boolean => quotaRatio(to) > quotaRatio(from);
  return [
    ...partitions.filter(({ to }) => to.partition === 'member'),
    ...cpusets.flatMap(({ widen }) => widen),
    ...bursts.filter(({ from, to }) => to.burstUsec < from.burstUsec),
    ...quotas.filter(rises),
    ...quotas.filter((change) => !rises(change)).toReversed(),
    ...bursts.filter(({ from, to }) => to.burstUsec >= from.burstUsec),
    ...idles.filter(({ to }) => !to.idle),
    ...of('weight'),
    ...idles.filter(({ to }) => to.idle),
    ...cpusets.toReversed().flatMap(({ narrow }) => narrow),
    ...partitions.filter(({ to }) => to.partition !== 'member'),
  ];
}

function changeOf<T extends Transition, K extends Knob>(transition: T, knob: K): readonly Change<T, K>[] {
  const { from, to } = transition;
  return isOf(from, knob) && isOf(to, knob) ? [{ transition, from, to }] : [];
}

function isOf<K extends Knob>(setting: Setting, knob: K): setting is SettingOf<K> {
  return setting.knob === knob;
}

interface CpusetSteps<T extends Transition> {
  readonly widen: readonly OrderedWrite<T>[];
  readonly narrow: readonly OrderedWrite<T>[];
}

function cpusetSteps<T extends Transition>(
  version: CgroupVersion,
  { transition, from, to }: Change<T, 'cpus'>,
  isAboveOthers: boolean,
): CpusetSteps<T> {
  const direct = [{ transition, from, to }];
  const both: SettingOf<'cpus'> = { knob: 'cpus', cpus: widest(version, from.cpus, to.cpus) };
  if (cpuSetEquals(both.cpus, to.cpus)) return { widen: direct, narrow: [] };
  // Nobody below waits for room, so there is nothing to widen for.
  if (cpuSetEquals(both.cpus, from.cpus) || !isAboveOthers) return { widen: [], narrow: direct };
  return { widen: [{ transition, from, to: both }], narrow: [{ transition, from: both, to }] };
}

/** What holds both; on v2 the empty set stands for all that the parent has. */
function widest(version: CgroupVersion, a: CpuSet, b: CpuSet): CpuSet {
  if (version === 'v2' && (a.cpus.length === 0 || b.cpus.length === 0)) return emptyCpuSet;
  if (cpuSetIsSubset(a, b)) return b;
  return cpuSetIsSubset(b, a) ? a : cpuSetUnion(a, b);
}

/** Paths of everything above a group whose cpuset changes. */
function pathsAboveCpusets(transitions: readonly Transition[]): ReadonlySet<string> {
  const above = new Set<string>();
  for (const { path, to } of transitions) {
    if (to.knob !== 'cpus') continue;
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      above.add(path.slice(0, end));
    }
  }
  return above;
}

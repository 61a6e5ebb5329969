/**
 * From wanted settings to writes. What is not wanted goes back to its baseline; what the invariants do not allow is
 * refused with the reason, and goes back too. The plan was replayed on the model of the kernel: it takes every write, and
 * after each of them every container has its floor of CPUs. Pure; does not depend on the order of anything given.
 */
import type { NodeView } from '../observation/node-view.ts';
import type { Baseline, WantedSetting } from '../policy/policy.ts';
import { findConflictingTargets, type Blame, type TargetsByKey } from './blame.ts';
import { CgroupModel } from './cgroup-model.ts';
import { findUnsafeStep, type UnsafeStep } from './check-steps.ts';
import { currentSetting, defaultWeight } from './current-setting.ts';
import { deriveFloors, type Floors } from './floors.ts';
import { isAtOrBelow, treeOf, type GroupTree } from './group-tree.ts';
import { defaultPlanLimits, type PlanLimits } from './limits.ts';
import { orderWrites, type OrderedWrite, type Transition } from './order-writes.ts';
import type { Plan, PlannedWrite, RefusedSetting } from './plan.ts';
import { refuseWanted } from './refuse-wanted.ts';
import { sameSetting, type Knob, type Setting } from './setting.ts';
import { baselinesByKey, targetKey, targetsOf, type BaselineByKey, type Target } from './targets.ts';

export interface PlanInput {
  readonly view: NodeView;
  readonly baseline: readonly Baseline[];
  readonly wanted: readonly WantedSetting[];
  readonly limits?: PlanLimits;
}

export function planWrites(input: PlanInput): Plan {
  const { limits = defaultPlanLimits } = input;
  const view = inPathOrder(input.view);
  const tree = treeOf(view);
  const draft = new Draft(view, tree, baselinesByKey(input.baseline, tree.nodes));
  draft.admit(input.wanted, limits);
  const now = new CgroupModel(view, tree);
  const floors = new Map(deriveFloors(view, tree, (path) => now.effective(path), draft.baselines, limits));
  for (;;) {
    const targets = draft.targets();
    const conflicts = findConflictingTargets(view.cgroupVersion, tree.nodes.values(), targets);
    const steps = conflicts.length > 0 ? [] : orderWrites(view.cgroupVersion, changesOf(targets));
    const unsafe = findUnsafe(new CgroupModel(view, tree), steps, floors);
    if (conflicts.length === 0 && unsafe === undefined) return draft.planOf(steps);
    if (unsafe) draft.blameStep(unsafe, steps, targets, floors);
    for (const blame of conflicts) draft.giveUp(blame);
  }
}

function inPathOrder(view: NodeView): NodeView {
  return { ...view, containers: view.containers.toSorted((a, b) => compareText(a.path, b.path)) };
}

interface Change extends Transition {
  readonly target: Target;
}

function changesOf(targets: TargetsByKey): readonly Change[] {
  return [...targets.values()]
    .filter(({ current, to }) => !sameSetting(current, to))
    .map((target) => ({ path: target.node.group.path, from: target.current, to: target.to, target }));
}

function findUnsafe(
  model: CgroupModel,
  steps: readonly OrderedWrite<Change>[],
  floors: Floors,
): UnsafeStep | undefined {
  return findUnsafeStep(
    model,
    steps.map(({ transition, to }) => ({ path: transition.path, to })),
    floors,
  );
}

/** What is still wanted, while settings that do not go together are given up one after the other. */
class Draft {
  readonly baselines: BaselineByKey;
  readonly #view: NodeView;
  readonly #tree: GroupTree;
  readonly #wanted = new Map<string, WantedSetting>();
  /** Keys of files that stay as they are, because their way back is barred. */
  readonly #held = new Set<string>();
  readonly #refused: RefusedSetting[] = [];

  constructor(view: NodeView, tree: GroupTree, baselines: BaselineByKey) {
    this.#view = view;
    this.#tree = tree;
    this.baselines = baselines;
  }

  /** Takes what is allowed by itself and wanted only one way. */
  admit(wanted: readonly WantedSetting[], limits: PlanLimits): void {
    const byKey = Map.groupBy(inOrder(wanted), ({ path, setting }) => targetKey(path, setting.knob));
    for (const [key, wishes] of byKey) {
      const [first, ...others] = wishes;
      if (!first) continue;
      const rival = others.find(({ setting }) => !sameSetting(setting, first.setting));
      const node = this.#tree.nodes.get(first.path);
      const circumstances = {
        view: this.#view,
        limits,
        node,
        unwanted: this.#unwanted(first.path, first.setting.knob),
      };
      const why = rival
        ? 'two different values are wanted for the same file'
        : refuseWanted(first, circumstances);
      if (why === undefined) this.#wanted.set(key, first);
      else for (const { path, setting } of wishes) this.#refused.push({ path, setting, why });
    }
    this.#refuseWeightsOfIdle();
  }

  #refuseWeightsOfIdle(): void {
    for (const [key, { path, setting }] of this.#wanted) {
      if (setting.knob !== 'weight') continue;
      const idle = this.#wanted.get(targetKey(path, 'idle'))?.setting ?? this.#unwanted(path, 'idle');
      if (idle?.knob !== 'idle' || !idle.idle) continue;
      this.#wanted.delete(key);
      this.#refused.push({ path, setting, why: 'a group in the idle class takes no weight' });
    }
  }

  /** What the file holds where nothing is wanted of it. */
  #unwanted(path: string, knob: Knob): Setting | undefined {
    const node = this.#tree.nodes.get(path);
    return this.baselines.get(targetKey(path, knob)) ?? (node && currentSetting(node.group, knob));
  }

  targets(): TargetsByKey {
    const weight: Setting = { knob: 'weight', weight: defaultWeight(this.#view.cgroupVersion) };
    const targets = new Map<string, Target>();
    for (const node of this.#tree.nodes.values()) {
      for (const target of targetsOf(node, this.#wanted, this.baselines, weight)) {
        const key = targetKey(node.group.path, target.to.knob);
        targets.set(
          key,
          this.#held.has(key) ? { node, current: target.current, to: target.current } : target,
        );
      }
    }
    return targets;
  }

  giveUp({ target, why }: Blame): void {
    const { node, to, wanted } = target;
    const key = targetKey(node.group.path, to.knob);
    if (wanted) this.#wanted.delete(key);
    else if (this.#held.has(key)) return;
    else this.#held.add(key);
    this.#refused.push({ path: node.group.path, setting: to, why });
  }

  blameStep(
    unsafe: UnsafeStep,
    steps: readonly OrderedWrite<Change>[],
    targets: TargetsByKey,
    floors: Map<string, number>,
  ): void {
    const step = steps[unsafe.index];
    if (!step) return;
    const { target } = step.transition;
    if (unsafe.kind === 'kernel') {
      this.giveUp({ target, why: `the kernel would refuse it (${unsafe.refusal})` });
      return;
    }
    const { container, cpus, floor } = unsafe;
    const culprits = [...targets.values()].filter((each) => narrows(each, container));
    const why = `${container} would be left with ${cpus} of the ${floor} CPUs that it keeps at least`;
    for (const culprit of culprits) this.giveUp({ target: culprit, why });
    if (culprits.length > 0) return;
    // On the way back a v2 group may leave or enter the kernel's fallback to its parent's CPUs: one is always left.
    if (cpus >= 1) floors.set(container, 1);
    else this.giveUp({ target, why });
  }

  planOf(steps: readonly OrderedWrite<Change>[]): Plan {
    const refused = this.#refused.toSorted((a, b) => compareText(keyOf(a), keyOf(b)));
    return { writes: steps.map(plannedWrite), refused };
  }
}

function narrows({ node, to, wanted }: Target, container: string): boolean {
  if (!wanted) return false;
  return to.knob === 'partition' || (to.knob === 'cpus' && isAtOrBelow(container, node.group.path));
}

function plannedWrite({ transition, from, to }: OrderedWrite<Change>): PlannedWrite {
  const { node, wanted } = transition.target;
  const { path, cgroupId } = node.group;
  const reason = wanted?.reason ?? 'gives back what stood there before the tuner came';
  return {
    path,
    cgroupId,
    from,
    to,
    rung: wanted?.rung ?? 'baseline',
    onBehalfOf: wanted?.onBehalfOf ?? path,
    reason: sameSetting(to, transition.to) ? reason : `first both the old CPUs and the new: ${reason}`,
  };
}

function inOrder(wanted: readonly WantedSetting[]): readonly WantedSetting[] {
  const keyed = wanted.map((wish) => {
    const { path, setting, rung, onBehalfOf, reason, cgroupId } = wish;
    return { wish, key: JSON.stringify([path, setting, rung, onBehalfOf, reason, `${cgroupId}`]) };
  });
  return keyed.sort((a, b) => compareText(a.key, b.key)).map(({ wish }) => wish);
}

function keyOf({ path, setting, why }: RefusedSetting): string {
  return JSON.stringify([path, setting, why]);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

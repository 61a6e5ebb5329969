/** Replays writes on the model of the kernel and looks at every container after each of them. */
import type { CgroupModel, KernelRefusal } from './cgroup-model.ts';
import { countCpus } from './cpu-mask.ts';
import type { Floors } from './floors.ts';
import type { TreeNode } from './group-tree.ts';
import type { Setting } from './setting.ts';

export interface StepWrite {
  readonly path: string;
  readonly to: Setting;
}

export type UnsafeStep =
  | { readonly kind: 'kernel'; readonly index: number; readonly refusal: KernelRefusal }
  | {
      readonly kind: 'floor';
      readonly index: number;
      readonly container: string;
      readonly cpus: number;
      readonly floor: number;
    };

/** The first write that the kernel would refuse, or after which a container has too few CPUs. Changes the model. */
export function findUnsafeStep(
  model: CgroupModel,
  writes: readonly StepWrite[],
  floors: Floors,
): UnsafeStep | undefined {
  const containers = containersBelow(model, floors);
  for (const [index, { path, to }] of writes.entries()) {
    const refusal = model.write(path, to);
    if (refusal !== undefined) return { kind: 'kernel', index, refusal };
    if (to.knob !== 'cpus' && to.knob !== 'partition') continue;
    const touched = to.knob === 'partition' ? [...floors.keys()] : (containers.get(path) ?? []);
    const starved = touched.find((container) => cpusOf(model, container) < floorOf(floors, container));
    if (starved !== undefined) {
      const [cpus, floor] = [cpusOf(model, starved), floorOf(floors, starved)];
      return { kind: 'floor', index, container: starved, cpus, floor };
    }
  }
  return undefined;
}

function cpusOf(model: CgroupModel, container: string): number {
  return countCpus(model.effective(container) ?? 0n);
}

function floorOf(floors: Floors, container: string): number {
  return floors.get(container) ?? 0;
}

/** Group path -> the containers at and below it. */
function containersBelow(model: CgroupModel, floors: Floors): ReadonlyMap<string, readonly string[]> {
  const below = new Map<string, string[]>();
  for (const container of floors.keys()) {
    for (let up: TreeNode | undefined = model.tree.nodes.get(container); up; up = up.parent) {
      const listed = below.get(up.group.path);
      if (listed) listed.push(container);
      else below.set(up.group.path, [container]);
    }
  }
  return below;
}

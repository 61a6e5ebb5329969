/**
 * Rung 3: those without a reservation get what everybody else leaves (SCHED_IDLE for the whole group). `cpu.idle` counts
 * among siblings, so it is set where the branch of the victim and theirs part: for BestEffort pods on their QoS class.
 */
import type { ContainerView, GroupView } from '../observation/node-view.ts';
import { isManaged, lineOf, reservedCores, type NodeTree } from './node-tree.ts';
import type { WantedSetting } from './policy.ts';

/** Whoever uses less is in nobody's way. */
const leastCores = 0.01;

export function demoteUnreserved(tree: NodeTree, victim: ContainerView): readonly WantedSetting[] {
  const ancestors = new Set(lineOf(tree, victim.path).map(({ path }) => path));
  const rivals = [...ancestors].flatMap((path) => siblingsOf(tree, path, ancestors));
  return rivals
    .filter((group) => tree.original(group, 'idle') !== undefined && isInTheWay(tree, group))
    .map((group) => ({
      path: group.path,
      cgroupId: group.cgroupId,
      setting: { knob: 'idle', idle: true },
      rung: 'idle_class',
      onBehalfOf: victim.path,
      reason: `nothing is reserved in it, and it used ${usedCores(tree, group).toFixed(2)} CPU beside ${victim.name}`,
    }));
}

function siblingsOf(tree: NodeTree, path: string, ancestors: ReadonlySet<string>): readonly GroupView[] {
  const parent = path.slice(0, path.lastIndexOf('/'));
  return (tree.children.get(parent) ?? []).filter((group) => !ancestors.has(group.path));
}

function isInTheWay(tree: NodeTree, group: GroupView): boolean {
  const original = tree.original(group, 'idle');
  if (original?.knob === 'idle' && original.idle) return false;
  return (
    isManaged(tree, group.path) &&
    reservedCores(tree.below.get(group.path) ?? []) === 0 &&
    // What was demoted already uses little because of it, and must stay so.
    (group.idle === true || usedCores(tree, group) >= leastCores)
  );
}

const usedCores = (tree: NodeTree, group: GroupView): number =>
  (tree.below.get(group.path) ?? []).reduce((sum, { evidence }) => sum + (evidence?.receivedCores ?? 0), 0);

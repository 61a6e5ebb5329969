/**
 * Siblings share the CPU of their parent by weight, at every level: containers in a pod, pods in a QoS class, classes
 * below the managed root. Each such level is one competing set, and each sibling stands for all containers below it.
 */
import type { CpuWeight } from '../../kernel/sample.ts';
import { effectiveShares } from '../../kernel/cpu-weight.ts';
import type { ContainerView, GroupView } from '../observation/node-view.ts';
import { lineOf, parentPath, reservedCores, type NodeTree } from './node-tree.ts';

export interface CompetingSet {
  readonly parent: string;
  /** In path order. */
  readonly members: readonly Member[];
}

export interface Member {
  readonly group: GroupView;
  readonly reservedCores: number;
  readonly receivedCores: number;
  /**
   * Wanted, up to the reservations, and not received, all containers of it together; below 0 it received more. With its
   * sign: what one of them has to spare another one can get without anybody else, and noise averages out.
   */
  readonly missingCores: number;
  /** `raise_only`: a container below it is to be left alone, and loses nothing while the weight is not lowered. */
  readonly weightIs: 'free' | 'raise_only' | 'fixed';
  /** Before the tuner wrote; absent where this host has no cpu controller here. */
  readonly originalWeight?: CpuWeight;
  readonly originalShares: number;
}

/** What a container misses in CPUs, as its policy sees it; below 0: it received more than it is entitled to. */
export type MissingOf = (container: ContainerView) => number;

/** The sets on the way from a container up to the managed root, nearest first. */
export type CompetingSetsOf = (containerPath: string) => readonly CompetingSet[];

/** Each set is put together when it is first asked for, and once: hundreds of pods share one. */
export function competingSets(tree: NodeTree, missingOf: MissingOf): CompetingSetsOf {
  const known = new Map<string, CompetingSet>();
  const setOf = (parent: string): CompetingSet => {
    const set = known.get(parent) ?? competingSet(tree, parent, missingOf);
    known.set(parent, set);
    return set;
  };
  return (containerPath) =>
    lineOf(tree, containerPath)
      .map(({ path }) => setOf(parentPath(path)))
      .filter(({ members }) => members.length > 1);
}

function competingSet(tree: NodeTree, parent: string, missingOf: MissingOf): CompetingSet {
  const groups = tree.children.get(parent) ?? [];
  return { parent, members: groups.map((group) => memberOf(tree, group, missingOf)) };
}

function memberOf(tree: NodeTree, group: GroupView, missingOf: MissingOf): Member {
  const containers = tree.below.get(group.path) ?? [];
  const sum = (term: (container: ContainerView) => number): number =>
    containers.reduce((total, container) => total + term(container), 0);
  const original = tree.original(group, 'weight');
  const weight = original?.knob === 'weight' ? original.weight : undefined;
  return {
    group,
    reservedCores: reservedCores(containers),
    receivedCores: sum(({ evidence }) => evidence?.receivedCores ?? 0),
    missingCores: sum(missingOf),
    weightIs: freedomOf(containers, group),
    ...(weight && { originalWeight: weight }),
    originalShares: weight ? effectiveShares(weight) : 1024,
  };
}

function freedomOf(containers: readonly ContainerView[], { weight, idle }: GroupView): Member['weightIs'] {
  const managed = containers.filter(({ excluded }) => excluded === undefined);
  if (weight === undefined || idle === true || reservedCores(managed) === 0) return 'fixed';
  return managed.length === containers.length ? 'free' : 'raise_only';
}

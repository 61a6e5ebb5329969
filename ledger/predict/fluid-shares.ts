/**
 * Who gets how much of each CPU in the long run, for threads that are where they are: on each CPU weighted fair shares
 * down the tree, with a group's weight spread over CPUs by where its load is (calc_group_shares).
 */
import type { ModelTree } from './model-tree.ts';
import { fillByWeight } from './water-filling.ts';

const nice0Weight = 1024;

/** A thread on a CPU for a part of the time, 0..1. */
export interface Stay {
  readonly thread: number;
  readonly part: number;
}

/** By index of the CPU. */
export type Stays = readonly (readonly Stay[])[];

/** Of each thread, by its index: CPUs that it would use at most (0: stopped), and the part of the time it is runnable. */
export interface Demand {
  readonly most: readonly number[];
  readonly runnable: readonly number[];
}

/** By group and index of the CPU. */
export type GroupWeights = readonly Float64Array[];

/** What each thread gets on each of its stays, in the order of `stays`. */
export type Shares = readonly (readonly number[])[];

export function sharesOf(tree: ModelTree, stays: Stays, demand: Demand): Shares {
  const weights = weighGroups(tree, stays, demand);
  return stays.map((_, cpu) => shareCpu(tree, stays, cpu, demand, weights));
}

export function receivedByThread(stays: Stays, shares: Shares, threadCount: number): readonly number[] {
  const received = Array.from({ length: threadCount }, () => 0);
  for (const [cpu, here] of stays.entries()) {
    for (const [i, { thread }] of here.entries()) {
      received[thread] = (received[thread] ?? 0) + (shares[cpu]?.[i] ?? 0);
    }
  }
  return received;
}

/**
 * The weight of each group's queue on each CPU: weight x load here / load everywhere. Load here counts as it is while
 * something runs, load elsewhere as it is on average: a group whose threads take turns weighs more than its parts.
 */
export function weighGroups(tree: ModelTree, stays: Stays, { most, runnable }: Demand): GroupWeights {
  const zeros = (): readonly Float64Array[] => tree.groups.map(() => new Float64Array(stays.length));
  const [now, mean, parts] = [zeros(), zeros(), zeros()];
  for (const [cpu, here] of stays.entries()) {
    for (const { thread, part } of here) {
      const group = tree.threads[thread]?.group ?? -1;
      if ((most[thread] ?? 0) <= 0) continue;
      const load = nice0Weight * part;
      add(now[group], cpu, load);
      add(mean[group], cpu, load * (runnable[thread] ?? 1));
      add(parts[group], cpu, part * (runnable[thread] ?? 1));
    }
  }
  for (let group = tree.groups.length - 1; group >= 0; group--) {
    const { parent = -1, shares = 0 } = tree.groups[group] ?? {};
    const [ownNow, ownMean] = [now[group], mean[group]];
    if (!ownNow || !ownMean) continue;
    const everywhere = ownMean.reduce((sum, load) => sum + load, 0);
    for (const [cpu, here] of ownNow.entries()) {
      if (here === 0) continue;
      const weight = (shares * here) / (everywhere - (ownMean[cpu] ?? 0) + here);
      const part = Math.min(1, parts[group]?.[cpu] ?? 0);
      ownNow[cpu] = weight;
      add(now[parent], cpu, weight);
      add(mean[parent], cpu, weight * part);
      add(parts[parent], cpu, part);
    }
  }
  return now;
}

function add(numbers: Float64Array | undefined, index: number, amount: number): void {
  if (numbers) numbers[index] = (numbers[index] ?? 0) + amount;
}

interface Node {
  readonly weight: number;
  wanted: number;
  readonly children: Node[];
  /** Index among the stays; of threads only. */
  readonly stay: number;
}

/** What the stays on one CPU get of it. */
export function shareCpu(
  tree: ModelTree,
  stays: Stays,
  cpu: number,
  { most }: Demand,
  weights: GroupWeights,
): readonly number[] {
  const here = stays[cpu] ?? [];
  const amounts = here.map(() => 0);
  const root: Node = { weight: 1, wanted: 0, children: [], stay: -1 };
  const nodes = new Map<number, Node>();
  const nodeOf = (group: number): Node => {
    if (group < 0) return root;
    const known = nodes.get(group);
    if (known) return known;
    const made: Node = { weight: weights[group]?.[cpu] ?? 0, wanted: 0, children: [], stay: -1 };
    nodes.set(group, made);
    nodeOf(tree.groups[group]?.parent ?? -1).children.push(made);
    return made;
  };
  for (const [stay, { thread, part }] of here.entries()) {
    const wanted = part * (most[thread] ?? 0);
    const group = tree.threads[thread]?.group ?? -1;
    if (wanted > 0) nodeOf(group).children.push({ weight: nice0Weight * part, wanted, children: [], stay });
  }
  sumWanted(root);
  fillNode(root, 1, amounts);
  return amounts;
}

function sumWanted(node: Node): number {
  if (node.stay < 0) node.wanted = node.children.reduce((sum, child) => sum + sumWanted(child), 0);
  return node.wanted;
}

function fillNode({ children, stay }: Node, amount: number, amounts: number[]): void {
  if (stay >= 0) {
    amounts[stay] = amount;
    return;
  }
  const given = fillByWeight(
    amount,
    children.map(({ weight }) => weight),
    children.map(({ wanted }) => wanted),
  );
  for (const [i, child] of children.entries()) fillNode(child, given[i] ?? 0, amounts);
}

/**
 * The groups of a ModelHost as a tree with resolved CPUs, and its threads in an order of their own, so that no
 * prediction depends on the order in which they were listed.
 */
import { cpuSetIntersection, type CpuSet } from '../../kernel/cpu-set.ts';
import type { ModelGroup, ModelHost, ModelProgram } from './scheduler-model.ts';

export interface TreeGroup {
  readonly path: string;
  /** What it weighs among its siblings; that of WEIGHT_IDLEPRIO where the class is idle. */
  readonly shares: number;
  readonly idle: boolean;
  readonly quota: ModelGroup['quota'];
  /** Effective: its own and its ancestors'; an empty intersection falls back to the parent's, as on cgroup v2. */
  readonly cpus: CpuSet;
  /** Index in `groups`; -1 is the root. */
  readonly parent: number;
  /** One past the last index of the groups below it: they follow it. */
  readonly end: number;
}

export interface TreeThread {
  /** Index in `groups`. */
  readonly group: number;
  readonly program: ModelProgram;
  /** Where it may run: the group's CPUs, or the one that is given. */
  readonly cpus: readonly number[];
}

export interface ModelTree {
  /** In path order by path element: a group is followed by everything below it. */
  readonly groups: readonly TreeGroup[];
  readonly threads: readonly TreeThread[];
}

/** WEIGHT_IDLEPRIO of kernel/sched/sched.h. */
export const idleShares = 3;

/** Throws RangeError for a thread whose group is not listed, a group listed twice, or one that weighs nothing. */
export function treeOf(host: ModelHost): ModelTree {
  const sorted = host.groups.toSorted((a, b) => comparePaths(a.path, b.path));
  const indexes = new Map(sorted.map(({ path }, index) => [path, index]));
  if (indexes.size < sorted.length) throw new RangeError('a group is listed twice');
  const ends = subtreeEnds(sorted.map(({ path }) => parentIndex(path, indexes)));
  const groups: TreeGroup[] = [];
  for (const group of sorted) {
    if (!(group.shares > 0)) throw new RangeError(`${group.path} weighs ${group.shares}`);
    const parent = parentIndex(group.path, indexes);
    const within = groups[parent]?.cpus ?? host.cpus;
    const own = group.cpus ? cpuSetIntersection(group.cpus, within) : within;
    groups.push({
      path: group.path,
      shares: group.idle === true ? idleShares : group.shares,
      idle: group.idle === true,
      quota: group.quota,
      cpus: own.cpus.length === 0 ? within : own,
      parent,
      end: ends[groups.length] ?? 0,
    });
  }
  return { groups, threads: threadsOf(host, groups, indexes) };
}

function subtreeEnds(parents: readonly number[]): readonly number[] {
  const ends = parents.map((_, index) => index + 1);
  for (let index = parents.length - 1; index >= 0; index--) {
    const parent = parents[index] ?? -1;
    if (parent >= 0) ends[parent] = Math.max(ends[parent] ?? 0, ends[index] ?? 0);
  }
  return ends;
}

function threadsOf(
  host: ModelHost,
  groups: readonly TreeGroup[],
  indexes: ReadonlyMap<string, number>,
): readonly TreeThread[] {
  const threads = host.threads.map(({ group: path, program, cpu }): TreeThread => {
    const group = indexes.get(path) ?? -1;
    const allowed = groups[group]?.cpus.cpus;
    if (allowed === undefined) throw new RangeError(`a thread is in ${path}, which is not listed`);
    return { group, program, cpus: cpu !== undefined && allowed.includes(cpu) ? [cpu] : allowed };
  });
  const keyed = threads.map((thread) => ({ thread, key: keyOf(thread) }));
  keyed.sort((a, b) => a.thread.group - b.thread.group || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ thread }) => thread);
}

/** Threads of one group with equal keys do the same. */
function keyOf({ program, cpus }: TreeThread): string {
  const sorted = Object.entries(program).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([sorted, cpus.length === 1 ? cpus : []]);
}

function parentIndex(path: string, indexes: ReadonlyMap<string, number>): number {
  for (let up = parentPath(path); up !== ''; up = parentPath(up)) {
    const index = indexes.get(up);
    if (index !== undefined) return index;
  }
  return -1;
}

const parentPath = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

function comparePaths(a: string, b: string): number {
  const [one, other] = [a.split('/'), b.split('/')];
  for (let i = 0; i < Math.min(one.length, other.length); i++) {
    const [x = '', y = ''] = [one[i], other[i]];
    if (x !== y) return x < y ? -1 : 1;
  }
  return one.length - other.length;
}

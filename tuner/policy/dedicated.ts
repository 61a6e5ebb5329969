/**
 * The remedy of the paper, as a baseline to beat: ceil(reservation) exclusive CPUs for chosen containers, whether they
 * miss anything or not, and everybody else shares the rest. What does not fit is refused and named.
 */
import { formatCpuSet, parseCpuSet } from '../../kernel/cpu-set.ts';
import type { ContainerView } from '../observation/node-view.ts';
import { makeNodeTree } from './node-tree.ts';
import type { Policy, Rung } from './policy.ts';
import { setApart } from './set-apart.ts';

export interface DedicatedOptions {
  /** Who gets CPUs; the owner's own wish counts as well. */
  readonly isChosen: (container: ContainerView) => boolean;
  readonly poolFloor: number;
}

/** Plain JSON: what each cgroup holds, in the kernel's list format. */
export interface DedicatedMemory {
  readonly held: Readonly<Record<string, string>>;
}

export function dedicatedPolicy(options: DedicatedOptions): Policy<DedicatedMemory> {
  return {
    name: 'dedicated',
    initialMemory: { held: {} },
    decide: ({ view, baseline, memory }) => {
      const tree = makeNodeTree(view, baseline);
      const chosen = tree.containers.filter(
        (container) =>
          container.excluded === undefined &&
          (container.reservedCores ?? 0) > 0 &&
          (container.wish === 'dedicated' || (container.wish === undefined && options.isChosen(container))),
      );
      const held = new Map(Object.entries(memory.held).map(([path, cpus]) => [path, parseCpuSet(cpus)]));
      const claims = chosen.map((container) => ({ container, mode: 'exclusive' as const }));
      const apart = setApart(tree, claims, held, { poolFloor: options.poolFloor, wholeOnly: true });
      const rungs: readonly Rung[] = ['exclusive'];
      return {
        wanted: apart.wanted,
        memory: {
          held: Object.fromEntries([...apart.held].map(([path, cpus]) => [path, formatCpuSet(cpus)])),
        },
        notes: apart.notes,
        remedies: new Map(
          chosen.filter(({ path }) => !apart.refused.includes(path)).map(({ path }) => [path, rungs]),
        ),
      };
    },
    // It is a baseline to compare with: it does not learn.
    learn: (memory) => memory,
  };
}

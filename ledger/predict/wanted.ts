/** What groups would use alone on their CPUs, quotas aside. */
import type { ModelTree } from './model-tree.ts';
import type { ModelProgram } from './scheduler-model.ts';

/** CPUs that a thread would use with a CPU of its own. */
export function demandOf(program: ModelProgram): number {
  return program.kind === 'duty' ? Math.min(1, program.workNs / program.everyNs) : 1;
}

/** By index of the tree's groups: the demand of all threads at or below it, at most one CPU each and its CPUs in all. */
export function wantedByGroup({ groups, threads }: ModelTree): readonly number[] {
  const wanted = groups.map(() => 0);
  for (const { group, program } of threads) wanted[group] = (wanted[group] ?? 0) + demandOf(program);
  for (let i = groups.length - 1; i >= 0; i--) {
    const group = groups[i];
    if (!group) continue;
    wanted[i] = Math.min(wanted[i] ?? 0, group.cpus.cpus.length);
    if (group.parent >= 0) wanted[group.parent] = (wanted[group.parent] ?? 0) + (wanted[i] ?? 0);
  }
  return wanted;
}

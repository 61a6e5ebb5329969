/** Two managers of the same files do not fight: the tuner gives way, unless it is told to go on. Pure. */
import { managerOf, type ManagerFact, type ManagerName } from '../../host/who-manages-cpus.ts';

export interface Conflict extends ManagerFact {
  readonly consequence: string;
  readonly remedy: string;
}

/** The managers that write what the tuner writes; none: it may act. `allowed` names those to go on beside. */
export function findConflicts(
  managers: readonly ManagerFact[],
  allowed: ReadonlySet<ManagerName> = new Set(),
): readonly Conflict[] {
  return managers
    .filter(({ name }) => managerOf(name).writesSameFiles && !allowed.has(name))
    .map(({ name, evidence }) => {
      const { consequence, remedy = 'let one manager write, not two' } = managerOf(name);
      return { name, evidence, consequence, remedy };
    });
}

/** The refusal as one sentence; undefined without a conflict. */
export function describeConflicts(conflicts: readonly Conflict[]): string | undefined {
  if (conflicts.length === 0) return undefined;
  const each = conflicts.map(({ name, evidence, consequence, remedy }) => {
    return `${name} (${evidence}): ${consequence}; ${remedy}`;
  });
  return `another manager of CPUs is at work here: ${each.join('. ')}`;
}

/** Which container a thread belongs to, over forks. */
import type { SchedEvent } from './sched-event.ts';

/** A forked thread belongs to its parent's group; a tid that was used before belongs to somebody else now. */
export function followFork(
  event: SchedEvent & { readonly kind: 'fork' },
  groupOf: Map<number, string>,
): void {
  const group = groupOf.get(event.parent);
  if (group === undefined) groupOf.delete(event.child);
  else groupOf.set(event.child, group);
}

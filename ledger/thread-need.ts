/**
 * Whose threads to read: reading 5,000 threads costs more than all cgroup files together, and where nobody waits the
 * gap is zero without looking. So threads are read of containers that are new, whose pressure says that somebody waited
 * lately, or, where pressure is off, that receive less than is reserved for them; and never of those for which the
 * kernel's own programs count.
 */
import type { Sample } from '../kernel/sample.ts';
import type { ContainerLedger, HostLedger } from './ledger.ts';

/** Container path -> ticks for which its threads are still read. */
export type ThreadNeed = ReadonlyMap<string, number>;

const ticksAfterLastWait = 10;
const waitShareOfNote = 0.002;

/**
 * The need after `latest`, given the need before it.
 * @param ledger of the window that ends with `latest`; undefined when there is none
 */
export function deriveThreadNeed(
  before: ThreadNeed,
  ledger: HostLedger | undefined,
  latest: Sample,
): ThreadNeed {
  const ledgers = ledger?.containers ?? [];
  const need = new Map<string, number>();
  // Ledgers come in the order of the sample's containers; those that are new have none.
  let next = 0;
  for (const { path } of latest.containers) {
    const container = ledgers[next]?.path === path ? ledgers[next++] : undefined;
    if (container?.source === 'exact') continue;
    const ticks =
      container === undefined || isHeldUp(container) ? ticksAfterLastWait : (before.get(path) ?? 0) - 1;
    if (ticks > 0) need.set(path, ticks);
  }
  return need;
}

function isHeldUp({ windowSeconds, received, pressureWaiting, reservation }: ContainerLedger): boolean {
  if (pressureWaiting !== undefined) return pressureWaiting >= waitShareOfNote * windowSeconds;
  return received < (reservation?.cores ?? 0) * windowSeconds;
}

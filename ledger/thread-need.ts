/**
 * Whose threads to read: reading 5,000 threads costs more than all cgroup files together, and where nobody waits the
 * gap is zero without looking. So threads are read of containers that are new, whose pressure says that somebody waited
 * lately, or, where pressure is off, that receive less than is reserved for them; and never of those for which the
 * kernel's own programs count.
 */
import type { Sample } from '../kernel/sample.ts';
import { coversContainer } from './exact-assessment.ts';
import { deriveCountersWindow } from './window.ts';

/** Container path -> ticks for which its threads are still read. */
export type ThreadNeed = ReadonlyMap<string, number>;

const ticksAfterLastWait = 10;
const waitShareOfNote = 0.002;

/** The need after `latest`, given the need before it and the sample before it. */
export function deriveThreadNeed(
  before: ThreadNeed,
  previous: Sample | undefined,
  latest: Sample,
): ThreadNeed {
  const cgroupsBefore = new Map(previous?.cgroups.map((cgroup) => [cgroup.path, cgroup]));
  const cgroupsNow = new Map(latest.cgroups.map((cgroup) => [cgroup.path, cgroup]));
  const need = new Map<string, number>();
  for (const { path, reservation } of latest.containers) {
    const now = cgroupsNow.get(path);
    const earlier = cgroupsBefore.get(path);
    const window = now && earlier && deriveCountersWindow(earlier, now);
    if (window && coversContainer(earlier.exact, now.exact, window)) continue;
    const ticks =
      window === undefined || isHeldUp(window, reservation?.cores ?? 0)
        ? ticksAfterLastWait
        : (before.get(path) ?? 0) - 1;
    if (ticks > 0) need.set(path, ticks);
  }
  return need;
}

function isHeldUp(
  window: { readonly seconds: number; readonly received?: number; readonly pressureSome?: number },
  reservedCores: number,
): boolean {
  if (window.pressureSome !== undefined) return window.pressureSome >= waitShareOfNote * window.seconds;
  return (window.received ?? 0) < reservedCores * window.seconds;
}

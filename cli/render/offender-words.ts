/** Who stood before a container's threads, in words and shares. */
import type { ContainerLedger, Offender } from '../../ledger/ledger.ts';
import { printable } from './words.ts';

export function offenderName({ cgroupId, name, path }: Offender): string {
  if (cgroupId === 1n) return 'host processes';
  return printable(name ?? path ?? `cgroup ${cgroupId}`);
}

export interface OffenderShare {
  readonly offender: Offender;
  /** Of all waiting behind other cgroups, 0..1. */
  readonly share: number;
}

/** Most first; none where it did not wait behind others, or the source cannot tell. */
export function offenderShares({
  offenders = [],
  offendersRestSeconds = 0,
}: Pick<ContainerLedger, 'offenders' | 'offendersRestSeconds'>): readonly OffenderShare[] {
  const total = offenders.reduce((sum, { waitSeconds }) => sum + waitSeconds, offendersRestSeconds);
  return total > 0 ? offenders.map((offender) => ({ offender, share: offender.waitSeconds / total })) : [];
}

import type { Clock } from '../../host/clock.ts';
import type { HostRoots } from '../../host/roots.ts';
import { SampleReader } from '../../host/sample-reader.ts';
import { deriveHostLedger } from '../../ledger/derive.ts';

/** Above this part of all CPU time a host is too busy for an experiment. */
export const busyPart = 0.1;

const lookSeconds = 1;

/** The part of all CPU time that is used or stolen while nothing of ours runs. */
export async function readBusyPart(roots: HostRoots, clock: Clock, signal: AbortSignal): Promise<number> {
  const reader = new SampleReader({ roots, clock });
  try {
    const before = reader.read(() => false);
    await clock.sleep(lookSeconds * 1000, signal);
    const { host, windowSeconds, onlineCpuCount } = deriveHostLedger(
      before,
      reader.read(() => false),
    );
    return (
      (host.busySeconds + host.stealSeconds) / Math.max(windowSeconds * onlineCpuCount, Number.MIN_VALUE)
    );
  } finally {
    reader.close();
  }
}

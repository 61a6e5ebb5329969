/** What makes a window on the real kernel unfit to judge what holds on a quiet machine. */
import type { HostLedger } from '../../ledger/ledger.ts';

export interface WindowCircumstances {
  readonly nominalSeconds: number;
  readonly host: Pick<HostLedger, 'windowSeconds' | 'onlineCpuCount' | 'host'>;
  /** CPU-seconds that the cgroups of the test used. */
  readonly testSeconds: number;
  /** The longer one of the two readings. */
  readonly readingSeconds: number;
}

/** Of the CPU time there was. */
const mostStolen = 0.05;
const mostForeign = 0.1;
const mostLateSeconds = 0.1;
const mostReadingSeconds = 0.05;

/** Undefined where nothing did. Processes of the test itself, outside of its cgroups, count as foreign. */
export function disturbanceOf(circumstances: WindowCircumstances): string | undefined {
  const { host, nominalSeconds, testSeconds, readingSeconds } = circumstances;
  const capacity = host.windowSeconds * host.onlineCpuCount;
  const stolen = host.host.stealSeconds / capacity;
  const foreign = (host.host.busySeconds - testSeconds) / capacity;
  const late = host.windowSeconds - nominalSeconds;
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  if (stolen > mostStolen) return `the hypervisor took ${percent(stolen)}`;
  if (foreign > mostForeign) return `other processes used ${percent(foreign)}`;
  if (late > mostLateSeconds) return `read ${late.toFixed(2)} s late`;
  if (readingSeconds > mostReadingSeconds) return `a reading took ${readingSeconds.toFixed(2)} s`;
  return undefined;
}

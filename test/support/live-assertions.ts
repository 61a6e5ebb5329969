/** What tests on the real kernel assert of every ledger. */
import type { Test } from 'tap';
import { gapCauses, type ContainerLedger } from '../../ledger/ledger.ts';
import type { LiveWindow } from './live-host.ts';

/** Passes when `low <= value <= high`, and shows all three when it does not. */
export function between(t: Test, value: number, low: number, high: number, what: string): void {
  t.ok(value >= low && value <= high, what, { found: value, least: low, most: high });
}

const rounding = 1e-6;

/**
 * The usage is what the cgroup's own counter says, to `usageSlack` seconds, and the accounts balance. Returns the ledger.
 */
export function balanced(t: Test, window: LiveWindow, path: string, usageSlack = rounding): ContainerLedger {
  const ledger = window.of(path);
  const { least, most } = window.usage(path);
  between(
    t,
    ledger.received,
    least - usageSlack,
    most + usageSlack,
    `${path}: received what its counter says`,
  );
  const { received, entitled, gap, causes, whereabouts } = ledger;
  const reserved = (ledger.reservation?.cores ?? 0) * ledger.windowSeconds;
  const delivered = entitled.estimate - gap.estimate;
  t.ok(delivered <= received + rounding, `${path}: no more delivered than received`);
  const parts = delivered + gap.estimate + ledger.unclaimed;
  between(t, parts, reserved - rounding, reserved + rounding, `${path}: the parts make the reservation`);
  const used = delivered + ledger.borrowed;
  between(t, used, received - rounding, received + rounding, `${path}: the parts make what was received`);
  const sum = gapCauses.reduce((total, cause) => total + causes[cause], 0);
  between(t, sum, gap.estimate - rounding, gap.estimate + rounding, `${path}: the causes make the gap`);
  const whole = whereabouts.phantom + whereabouts.taken;
  between(
    t,
    whole,
    gap.estimate - rounding,
    gap.estimate + rounding,
    `${path}: the whereabouts make the gap`,
  );
  t.ok(gap.low <= gap.estimate && gap.estimate <= gap.high, `${path}: the gap lies in its bounds`, gap);
  return ledger;
}

/**
 * What holds of every exact ledger, whatever ran beside it: the histogram and the clock agree, every runnable moment is
 * run or waited, the usage is the kernel's to 2 % and four ticks, and the portable bounds of the same samples hold the exact numbers
 * but for what was seen to part them.
 */
export function exactlyBalanced(t: Test, window: LiveWindow, path: string): ContainerLedger {
  const { seconds, concurrency, ...counted } = window.exactOf(path);
  // The scheduler brings its own count up to date once per tick and CPU, on a virtual machine later.
  const ledger = balanced(t, window, path, 0.02 * seconds + 4 * tickSeconds);
  t.equal(ledger.source, 'exact', `${path}: the exact source`);
  t.same(ledger.quality, [], `${path}: nothing is missing`);
  const sum = concurrency.reduce((total, inState) => total + inState, 0);
  between(t, sum, seconds - 1e-5, seconds + 1e-5, `${path}: the histogram is as long as the window`);
  const runnable = concurrency.reduce((total, inState, k) => total + k * inState, 0);
  const { waitIdle, waitSelf, waitSystem, waitOthers, waitThrottled, waitUnknown } = counted;
  const waited = waitIdle + waitSelf + waitSystem + waitOthers + waitThrottled + waitUnknown;
  const accounted = counted.run + waited;
  const slack = 0.01 * Math.max(seconds, runnable);
  between(t, accounted, runnable - slack, runnable + slack, `${path}: runnable is run or waited`);
  withinPortable(t, window, path, ledger, waited);
  return ledger;
}

/** The longest tick, and so the most that the scheduler's own count of a CPU may lag: 100 Hz. */
const tickSeconds = 0.01;

/**
 * The exact numbers lie between the portable bounds of the same samples, beside what was seen to part the two and the
 * bounds do not allow for (docs/measurement.md).
 */
function withinPortable(
  t: Test,
  window: LiveWindow,
  path: string,
  ledger: ContainerLedger,
  waited: number,
): void {
  const portable = window.portableOf(path);
  t.equal(portable.source, 'portable');
  const { run, exec } = window.exactOf(path);
  // The programs' counters and the cgroup's files are read one after the other, and something may come between.
  const apart = Math.abs(ledger.windowSeconds - portable.windowSeconds);
  // A wait is in run_delay when it ends: one may straddle either edge of the window.
  const straddling = Math.abs(waited - window.delayed(path));
  const counters = Math.abs(ledger.received - portable.received);
  const taken = Math.max(0, run - exec);
  const cores = Math.max(1, ledger.reservation?.cores ?? 0);
  const margin = (apart + straddling) * cores + counters + taken + tickSeconds * window.ledger.onlineCpuCount;
  for (const key of ['entitled', 'gap'] as const) {
    const { low, high } = portable[key];
    between(
      t,
      ledger[key].estimate,
      low - margin,
      high + margin,
      `${path}: ${key} within the portable bounds`,
    );
  }
}

/** Asserts what noise may break: only of a window that nothing disturbed. */
export function whereQuiet(t: Test, window: LiveWindow, assertions: () => void): void {
  if (window.disturbance === undefined) assertions();
  else t.comment(`not judged, ${window.disturbance}`);
}

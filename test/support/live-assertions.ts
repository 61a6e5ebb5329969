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
 * run or waited, the usage is the kernel's to 2 % and four ticks, and the portable bounds of the same samples hold the exact numbers.
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
  const portable = window.portableOf(path);
  t.equal(portable.source, 'portable');
  for (const key of ['entitled', 'gap'] as const) {
    const { low, high } = portable[key];
    // The programs' counters and the cgroup's files are read one after the other, and something may come between.
    const apart = Math.abs(ledger.windowSeconds - portable.windowSeconds);
    // What the hypervisor and interrupts took while it was on the CPU: of that /proc/stat shows the hypervisor's part, in ticks.
    const taken = Math.max(0, counted.run - counted.exec);
    const margin =
      0.02 * seconds + 4 * tickSeconds + apart * Math.max(1, ledger.reservation?.cores ?? 0) + taken;
    between(
      t,
      ledger[key].estimate,
      low - margin,
      high + margin,
      `${path}: ${key} within the portable bounds`,
    );
  }
  return ledger;
}

/** The longest tick, and so the most that the scheduler's own count of a CPU may lag: 100 Hz. */
const tickSeconds = 0.01;

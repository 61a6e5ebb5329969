/** The truth of one container beside what both tiers say of it. Pure. */
import { deriveExactEntitlement, type ExactWindow } from '../../ledger/exact.ts';
import type { Bounded, Offender } from '../../ledger/ledger.ts';
import { activeSeconds, directEntitlement, mostRunnable, type TrueCounts } from './true-counts.ts';

/** What the events say of one container in one window. */
export interface Truth {
  readonly counts: TrueCounts;
  /** J */
  readonly induced: number;
}

/** One number of the exact tier in CPU- or thread-seconds of its window. */
export interface ExactComparison {
  readonly number: string;
  readonly truth: number;
  readonly exact: number;
}

/** One number of the portable tier in its own window. */
export interface PortableComparison {
  readonly number: string;
  readonly truth: number;
  readonly portable: Bounded;
}

export interface ExactSide {
  readonly window: ExactWindow;
  /** Thread-seconds behind each other container of the scenario, and behind everybody else. */
  readonly behind: ReadonlyMap<string, number>;
  readonly behindRest: number;
}

/** Sorts the offenders: containers of the scenario by name, kernel threads and everything else together. */
export function exactSideOf(
  window: ExactWindow,
  offenders: readonly Offender[],
  names: ReadonlyMap<bigint, string>,
): ExactSide {
  const behind = new Map([...names.values()].map((name) => [name, 0]));
  let behindRest = window.waitSystem;
  for (const { cgroupId, waitSeconds } of offenders) {
    const name = names.get(cgroupId);
    if (name === undefined) behindRest += waitSeconds;
    else behind.set(name, waitSeconds);
  }
  return { window, behind, behindRest };
}

/** @param tellsBehind false where threads are throttled: the events do not say when, so not behind whom either */
export function compareExact(
  truth: Truth,
  { window, behind, behindRest }: ExactSide,
  reservedCores: number,
  tellsBehind: boolean,
): readonly ExactComparison[] {
  const { counts } = truth;
  const row = (number: string, is: number, exact: number): ExactComparison => ({ number, truth: is, exact });
  const E0 = (T: readonly number[]): number => directEntitlement(T, reservedCores);
  const entitled = entitledOf(counts.concurrency, truth.induced, reservedCores);
  const product = deriveExactEntitlement(window, reservedCores);
  const k = worstEntry(counts.concurrency, window.concurrency);
  const byOffender = [...behind].map(([name, seconds]) =>
    row(`wait behind ${name}`, counts.waitBehind.get(name) ?? 0, seconds),
  );
  const byClass = [
    row('wait behind itself', counts.waitSelf, window.waitSelf),
    ...byOffender,
    row('wait behind the rest', counts.waitRest, behindRest),
    row('wait, CPU idle', counts.waitIdle, window.waitIdle),
  ];
  return [
    row('run', counts.run, window.run),
    row('wait', counts.wait, waitOf(window)),
    ...(tellsBehind ? byClass : []),
    row('A', activeSeconds(counts.concurrency), activeSeconds(window.concurrency)),
    row(`T[k], the worst: k = ${k}`, lumped(counts.concurrency)[k] ?? 0, window.concurrency[k] ?? 0),
    row('E0', E0(counts.concurrency), E0(window.concurrency)),
    row('J', truth.induced, window.induced),
    row('E', entitled, product.entitled.estimate),
    row('G', Math.max(0, entitled - window.exec), product.gap.estimate),
  ];
}

/** @param truth of the portable tier's own window */
export function comparePortable(
  truth: Truth,
  portable: { readonly received: number; readonly entitled: Bounded; readonly gap: Bounded },
  reservedCores: number,
): readonly PortableComparison[] {
  const entitled = entitledOf(truth.counts.concurrency, truth.induced, reservedCores);
  const gap = Math.max(0, entitled - portable.received);
  return [
    { number: 'E', truth: entitled, portable: portable.entitled },
    { number: 'G', truth: gap, portable: portable.gap },
  ];
}

const waitOf = (from: ExactWindow): number =>
  from.waitIdle + from.waitSelf + from.waitSystem + from.waitOthers + from.waitThrottled + from.waitUnknown;

/** E = min(E0 + J, min(R, k*) A). */
function entitledOf(concurrency: readonly number[], induced: number, reservedCores: number): number {
  const cap = Math.min(reservedCores, mostRunnable(concurrency)) * activeSeconds(concurrency);
  return Math.min(directEntitlement(concurrency, reservedCores) + induced, cap);
}

/** Last entry of the programs' histogram: it holds every larger k. */
const lastEntry = 32;

function lumped(concurrency: readonly number[]): readonly number[] {
  const rest = concurrency.slice(lastEntry).reduce((sum, seconds) => sum + (seconds || 0), 0);
  return [...concurrency.slice(0, lastEntry), ...(concurrency.length > lastEntry ? [rest] : [])];
}

/** The k with the largest difference. */
function worstEntry(truth: readonly number[], exact: readonly number[]): number {
  const is = lumped(truth);
  const differences = exact.map((seconds, k) => Math.abs(seconds - (is[k] ?? 0)));
  return differences.indexOf(Math.max(...differences));
}

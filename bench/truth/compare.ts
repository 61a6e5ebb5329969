/** The truth of one container beside what both tiers say of it. Pure. */
import type { ExactWindow } from '../../ledger/exact.ts';
import type { Bounded, ContainerLedger } from '../../ledger/ledger.ts';
import { activeSeconds, directEntitlement, mostRunnable, type TrueCounts } from './true-counts.ts';

/** One number in CPU- or thread-seconds of the window. */
export interface Comparison {
  readonly number: string;
  readonly truth: number;
  /** Absent where the exact tier does not cover the container. */
  readonly exact?: number;
  readonly portable?: Bounded;
}

/** Both sides of every number; `window` is absent where the exact tier does not cover the container. */
export function compareContainer(
  truth: TrueCounts,
  window: ExactWindow | undefined,
  portable: ContainerLedger,
  reservedCores: number,
): readonly Comparison[] {
  const histogramOf = (from: ExactWindow): readonly number[] => from.concurrency;
  const exactOf = (value: (from: ExactWindow) => number): { readonly exact: number } | object =>
    window ? { exact: value(window) } : {};
  const E0 = (T: readonly number[]): number => directEntitlement(T, reservedCores);
  const entitled = entitledOf(truth.concurrency, window?.induced ?? 0, reservedCores);
  const gap = Math.max(0, entitled - portable.received);
  return [
    { number: 'run', truth: truth.run, ...exactOf(({ run }) => run) },
    { number: 'wait', truth: truth.wait, ...exactOf(waitOf) },
    {
      number: 'wait behind itself',
      truth: truth.waitSelf,
      ...exactOf(({ waitSelf }) => waitSelf),
    },
    {
      number: 'wait behind others',
      truth: truth.waitNeighbours + truth.waitRest,
      ...exactOf(({ waitOthers, waitSystem }) => waitOthers + waitSystem),
    },
    { number: 'wait, CPU idle', truth: truth.waitIdle, ...exactOf(({ waitIdle }) => waitIdle) },
    {
      number: 'A',
      truth: activeSeconds(truth.concurrency),
      ...exactOf((from) => activeSeconds(histogramOf(from))),
    },
    { number: 'T[0]', truth: truth.concurrency[0] ?? 0, ...exactOf((from) => from.concurrency[0] ?? 0) },
    { number: 'E0', truth: E0(truth.concurrency), ...exactOf((from) => E0(from.concurrency)) },
    {
      number: 'E',
      truth: entitled,
      ...exactOf((from) => entitledOf(from.concurrency, from.induced, reservedCores)),
      portable: portable.entitled,
    },
    {
      number: 'G',
      truth: gap,
      ...exactOf((from) =>
        Math.max(0, entitledOf(from.concurrency, from.induced, reservedCores) - from.exec),
      ),
      portable: portable.gap,
    },
  ];
}

const waitOf = (from: ExactWindow): number =>
  from.waitIdle + from.waitSelf + from.waitSystem + from.waitOthers + from.waitThrottled + from.waitUnknown;

/** E = min(E0 + J, min(R, k*) A). J is the exact tier's: the events do not say what a thread slept for. */
function entitledOf(concurrency: readonly number[], induced: number, reservedCores: number): number {
  const cap = Math.min(reservedCores, mostRunnable(concurrency)) * activeSeconds(concurrency);
  return Math.min(directEntitlement(concurrency, reservedCores) + induced, cap);
}

/** Error of the exact tier: of the number, or of a hundredth of the window where the number is less. */
export function relativeError({ truth, exact }: Comparison, windowSeconds: number): number | undefined {
  return exact === undefined ? undefined : (exact - truth) / Math.max(truth, 0.01 * windowSeconds);
}

/** Whether the portable bounds hold the truth, to one part in a hundred of the window. */
export function contains({ truth, portable }: Comparison, windowSeconds: number): boolean | undefined {
  if (!portable) return undefined;
  const margin = 0.01 * windowSeconds;
  return portable.low - margin <= truth && truth <= portable.high + margin;
}

/** Threads with programs that would show the demand that a container was seen to have. */
import type { ModelProgram, ModelThread } from './scheduler-model.ts';

/** Per second of the observed window, so in CPUs, unless the name says otherwise. */
export interface ObservedContainer {
  readonly path: string;
  readonly receivedCores: number;
  /** What it was entitled to, at most; where nothing better is known about what it wanted. */
  readonly entitledCores?: number;
  /** Share of the time with exactly k runnable threads, k = 0, 1, ...; the last entry holds the rest. */
  readonly concurrency?: readonly number[];
  readonly threadCount?: number;
  /** Thread-seconds runnable and not running, throttling included: a thread that a quota holds wants to run. */
  readonly waitCores?: number;
  /** Time for which threads slept because a sibling had to wait: the mark of threads that wait for each other. */
  readonly inducedCores?: number;
  /** Rounds of work, where the container counts them. */
  readonly roundsPerSecond?: number;
}

/** A thread that is runnable for so much of the time never sleeps on its own account. */
const alwaysRunnable = 0.97;
/** Less of the time than this with k threads runnable does not show a k-th thread. */
const seldom = 0.02;
/** Below it, sleeping behind siblings is what any program does now and then. */
const leastInduced = 0.03;
/** Of work that is not known to come in rounds. */
const usualRoundNs = 10_000_000;
const usualPhaseNs = 1_000_000;
const leastWorkNs = 1_000;

/** `scale` multiplies the demand of threads that sleep; see modelOfObserved. */
export function threadsOfObserved(container: ObservedContainer, scale: number): readonly ModelThread[] {
  const presences = presencesOf(container);
  const count = presences.length;
  if (count > 1 && (container.inducedCores ?? 0) >= leastInduced) return barrierThreads(container, count);
  const runnable = presences.reduce((sum, presence) => sum + presence, 0);
  const ran = runnable > 0 ? Math.min(1, container.receivedCores / runnable) : 0;
  const everyNs = roundLengthNs(container, count);
  return presences.map((presence): ModelThread => {
    const part = Math.min(1, unhindered(presence, ran) * scale);
    const isSpinning = presence >= alwaysRunnable || part >= alwaysRunnable;
    return { group: container.path, program: isSpinning ? { kind: 'spin' } : dutyOf(part, everyNs) };
  });
}

/**
 * The part of the time that a thread would run if it never waited: it begins to sleep when its work is done, so each wait puts
 * off all that follows. It was runnable for `presence` of the time and ran for `ran` of that.
 */
function unhindered(presence: number, ran: number): number {
  const waited = presence * (1 - ran);
  return waited >= 1 ? 1 : (presence * ran) / (1 - waited);
}

function dutyOf(part: number, everyNs: number): ModelProgram {
  const workNs = Math.max(leastWorkNs, Math.round(Math.min(1, part) * everyNs));
  return { kind: 'duty', workNs, everyNs, arrivals: 'poisson' };
}

/** For the j-th thread the part of the time with at least j runnable. */
function presencesOf(container: ObservedContainer): readonly number[] {
  const { concurrency } = container;
  if (concurrency) return presencesFromHistogram(concurrency);
  const { receivedCores, waitCores = 0, entitledCores = 0 } = container;
  const runnable = Math.max(receivedCores + waitCores, entitledCores);
  if (runnable <= 0) return [];
  const count = Math.min(container.threadCount ?? Infinity, Math.ceil(runnable - seldom));
  return Array.from({ length: Math.max(1, count) }, () => Math.min(1, runnable / Math.max(1, count)));
}

function presencesFromHistogram(concurrency: readonly number[]): readonly number[] {
  const presences: number[] = [];
  let atLeast = 0;
  for (let k = concurrency.length - 1; k >= 1; k--) {
    atLeast += concurrency[k] ?? 0;
    presences.unshift(Math.min(1, atLeast));
  }
  return presences.filter((presence) => presence >= seldom);
}

function barrierThreads(container: ObservedContainer, count: number): readonly ModelThread[] {
  const { path, receivedCores, roundsPerSecond } = container;
  const workNs = roundsPerSecond ? (receivedCores * 1e9) / (roundsPerSecond * count) : usualPhaseNs;
  const program: ModelProgram = {
    kind: 'barrier',
    workNs: Math.max(leastWorkNs, Math.round(workNs)),
    set: path,
    meetings: 2,
  };
  return Array.from({ length: count }, () => ({ group: path, program }));
}

function roundLengthNs({ roundsPerSecond }: ObservedContainer, count: number): number {
  return roundsPerSecond ? Math.max(leastWorkNs, Math.round((count * 1e9) / roundsPerSecond)) : usualRoundNs;
}

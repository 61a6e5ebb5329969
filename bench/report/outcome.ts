import type { Trial } from '../run/result.ts';
import type { Outcome } from '../scenarios/scenario.ts';
import { percentileNs } from '../statistics/histogram.ts';

/** The one number that a trial is judged by: p99 in seconds, or work per second; undefined where nothing was counted. */
export function outcomeOf(trial: Pick<Trial, 'victim'>, outcome: Outcome): number | undefined {
  if (outcome.kind === 'rate') return trial.victim.perSecond;
  const p99Ns = trial.victim.latency && percentileNs(trial.victim.latency, 0.99);
  return p99Ns === undefined ? undefined : p99Ns / 1e9;
}

/** How much better `one` is than `other`, as a factor: above 1 is better, whichever way the outcome goes. */
export function betterBy(ratio: number, outcome: Outcome): number {
  return outcome.kind === 'rate' ? ratio : 1 / ratio;
}

/** Whether what the agent serves is current: for readiness probes and for people who wonder. */
import type { Observation } from '../sampling/observer.ts';

export type Readiness = { readonly kind: 'ready' } | { readonly kind: 'not_ready'; readonly reason: string };

export interface ReadinessInput {
  readonly latest: Observation | undefined;
  readonly nowNs: bigint;
  readonly intervalSeconds: number;
  /** Why the latest tick failed; absent when it did not. */
  readonly failure: string | undefined;
}

/** A sample older than this many intervals is not the present. */
const staleIntervals = 3;

export function decideReadiness(input: ReadinessInput): Readiness {
  const { latest, nowNs, intervalSeconds, failure } = input;
  const because = failure === undefined ? '' : ` The latest reading failed: ${failure}`;
  if (!latest) return { kind: 'not_ready', reason: `There is no sample yet.${because}` };
  const ageSeconds = Number(nowNs - latest.sample.monotonicNs) / 1e9;
  if (ageSeconds > staleIntervals * intervalSeconds) {
    const age = `The last sample is ${ageSeconds.toFixed(1)} s old, at an interval of ${intervalSeconds} s.`;
    return { kind: 'not_ready', reason: age + because };
  }
  if (!latest.ledger) {
    return { kind: 'not_ready', reason: `There is one sample; a ledger needs two.${because}` };
  }
  return { kind: 'ready' };
}

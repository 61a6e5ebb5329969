/**
 * What to do about drift: write the value again, each time after a longer wait, and give up loudly after a few rounds.
 * What the kubelet set on somebody's behalf is the new baseline at once: a resize is an order, not an accident. Pure; the
 * memory is plain JSON.
 */
import { formatSetting, type Setting } from '../plan/setting.ts';
import type { Drift, DriftActor } from './drift.ts';

export interface DriftPolicy {
  /** Seconds before the first re-assertion; doubled for each one after it. */
  readonly firstWaitSeconds: number;
  readonly rounds: number;
  /** A value that held so long is forgiven. */
  readonly forgetSeconds: number;
}

export const defaultDriftPolicy: DriftPolicy = { firstWaitSeconds: 5, rounds: 4, forgetSeconds: 3600 };

interface FileHistory {
  readonly rounds: number;
  readonly lastSeconds: number;
  /** Not written before this moment. */
  readonly notBeforeSeconds: number;
}

/** By path and knob. */
export type DriftMemory = Readonly<Record<string, FileHistory>>;

export type DriftDecision = {
  readonly path: string;
  readonly knob: Setting['knob'];
  readonly actor: DriftActor;
  readonly sentence: string;
} & (
  | { readonly action: 'reassert' }
  | { readonly action: 'wait'; readonly untilSeconds: number }
  /** Leave it, and take what stands there for what is to be given back. */
  | { readonly action: 'adopt' }
  /** Leave it for good; a person should know. */
  | { readonly action: 'give_up' }
  /** The cgroup is no more: there is nothing to hold. */
  | { readonly action: 'forget' }
);

export function decideDrift(
  drifts: readonly Drift[],
  memory: DriftMemory,
  nowSeconds: number,
  policy: DriftPolicy = defaultDriftPolicy,
): { readonly decisions: readonly DriftDecision[]; readonly memory: DriftMemory } {
  const recent = Object.entries(memory).filter(
    ([, { lastSeconds }]) => nowSeconds - lastSeconds < policy.forgetSeconds,
  );
  const histories = new Map(recent);
  const decisions = drifts.map((drift) => {
    const key = `${drift.path} ${drift.ours.knob}`;
    const { decision, history } = decideOne(drift, histories.get(key), nowSeconds, policy);
    if (history) histories.set(key, history);
    else histories.delete(key);
    return decision;
  });
  return { decisions, memory: Object.fromEntries(histories) };
}

interface Decided {
  readonly decision: DriftDecision;
  /** Absent: nothing is left to remember. */
  readonly history?: FileHistory;
}

function decideOne(drift: Drift, before: FileHistory | undefined, now: number, policy: DriftPolicy): Decided {
  const base = { path: drift.path, knob: drift.ours.knob, actor: drift.actor, sentence: sentenceOf(drift) };
  if (drift.found === undefined) return { decision: { ...base, action: 'forget' } };
  if (isResize(drift)) return { decision: { ...base, action: 'adopt' } };
  if (!before) {
    const untilSeconds = now + policy.firstWaitSeconds;
    const history = { rounds: 0, lastSeconds: now, notBeforeSeconds: untilSeconds };
    return { decision: { ...base, action: 'wait', untilSeconds }, history };
  }
  if (before.rounds >= policy.rounds) {
    return { decision: { ...base, action: 'give_up' }, history: { ...before, lastSeconds: now } };
  }
  if (now < before.notBeforeSeconds) {
    return { decision: { ...base, action: 'wait', untilSeconds: before.notBeforeSeconds }, history: before };
  }
  const rounds = before.rounds + 1;
  const notBeforeSeconds = now + policy.firstWaitSeconds * 2 ** rounds;
  return {
    decision: { ...base, action: 'reassert' },
    history: { rounds, lastSeconds: now, notBeforeSeconds },
  };
}

function isResize({ actor, ours }: Drift): boolean {
  return actor === 'kubelet' && ours.knob !== 'cpus';
}

function sentenceOf({ path, ours, found, actor, evidence }: Drift): string {
  const now = found === undefined ? 'is no more' : `is now ${formatSetting(found)}`;
  const who = actor === 'unknown' ? 'by whom is not known' : `by ${actor}, it seems`;
  return `${path}: ${formatSetting(ours)} ${now}, ${who}: ${evidence}`;
}

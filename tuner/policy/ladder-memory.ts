/** What the ladder remembers from one decision to the next. Plain JSON: it survives a restart of the tuner. */
import type { ContainerView } from '../observation/node-view.ts';
import type { Setting } from '../plan/setting.ts';
import type { SetMemory } from './hold-weights.ts';
import type { Smoothed } from './needs.ts';
import { rungs, type Outcome, type Rung } from './policy.ts';

export interface LadderMemory {
  /** By container path. */
  readonly victims: Readonly<Record<string, VictimMemory>>;
  /** Weight control, by the path of the parent whose children compete. */
  readonly sets: Readonly<Record<string, SetMemory>>;
  /** CPUs set apart, by cgroup path, in the kernel's list format. */
  readonly held: Readonly<Record<string, string>>;
}

export const emptyLadderMemory: LadderMemory = { victims: {}, sets: {}, held: {} };

export interface VictimMemory {
  readonly cgroupId: string;
  readonly smoothed: Smoothed;
  /** Rungs that stand, mild to strong: each adds to those before it. */
  readonly rungs: readonly Rung[];
  /** Since when it is in need, or calm; neither in between. */
  readonly needSince?: number;
  readonly calmSince?: number;
  /** How long it must be calm before the next step down. */
  readonly coolDownSeconds: number;
  readonly descendedAt?: number;
  readonly failures: readonly Failure[];
  /** Settings of the quota rung, as chosen when it was taken. */
  readonly quota: readonly ChosenSetting[];
}

/** A rung that did not help, or harmed somebody: not to be tried again before. */
export interface Failure {
  readonly rung: Rung;
  readonly untilSeconds: number;
  /** How long it is kept from being tried: doubles each time. */
  readonly forSeconds: number;
}

export interface ChosenSetting {
  readonly path: string;
  readonly cgroupId: string;
  readonly setting: Extract<Setting, { knob: 'quota' | 'burst' }>;
  readonly reason: string;
}

export interface Patience {
  /** In need for so long, before the next rung is taken. */
  readonly confirmSeconds: number;
  /** Calm for so long, before a step down; doubles each time that the need comes back after one. */
  readonly coolDownSeconds: number;
  readonly mostCoolDownSeconds: number;
  /** A rung that failed is tried again after so long; doubles each time. */
  readonly retrySeconds: number;
  readonly mostRetrySeconds: number;
}

export const defaultPatience: Patience = {
  confirmSeconds: 20,
  coolDownSeconds: 600,
  mostCoolDownSeconds: 86_400,
  retrySeconds: 3600,
  mostRetrySeconds: 86_400,
};

export function newVictim(container: ContainerView, smoothed: Smoothed, patience: Patience): VictimMemory {
  return {
    cgroupId: String(container.cgroupId),
    smoothed,
    rungs: [],
    coolDownSeconds: patience.coolDownSeconds,
    failures: [],
    quota: [],
  };
}

export function hasFailed({ failures }: VictimMemory, rung: Rung, nowSeconds: number): boolean {
  return failures.some((failure) => failure.rung === rung && nowSeconds < failure.untilSeconds);
}

/** In the order of the ladder. */
export function withRung(victim: VictimMemory, rung: Rung): VictimMemory {
  const kept = rungs.filter((each) => each === rung || victim.rungs.includes(each));
  return { ...without(victim, 'needSince', 'calmSince'), rungs: kept };
}

export function withoutRung(victim: VictimMemory, rung: Rung): VictimMemory {
  const { rungs: held, quota } = victim;
  return {
    ...without(victim, 'needSince', 'calmSince'),
    rungs: held.filter((each) => each !== rung),
    quota: rung === 'quota' ? [] : quota,
  };
}

export function withFailure(
  victim: VictimMemory,
  rung: Rung,
  nowSeconds: number,
  patience: Patience,
): VictimMemory {
  const before = victim.failures.find((failure) => failure.rung === rung);
  const forSeconds = Math.min(
    before ? before.forSeconds * 2 : patience.retrySeconds,
    patience.mostRetrySeconds,
  );
  const failure = { rung, forSeconds, untilSeconds: nowSeconds + forSeconds };
  return { ...victim, failures: [...victim.failures.filter((each) => each.rung !== rung), failure] };
}

/** Takes in what became of an experiment. A kept rung forgets its failures. */
export function learnOutcome(memory: LadderMemory, outcome: Outcome, patience: Patience): LadderMemory {
  const { container, cgroupId, rung, result, nowSeconds } = outcome;
  const victim = memory.victims[container];
  if (victim?.cgroupId !== String(cgroupId)) return memory;
  const next =
    result === 'rolled_back'
      ? withFailure(withoutRung(victim, rung), rung, nowSeconds, patience)
      : {
          ...without(victim, 'needSince'),
          failures: victim.failures.filter((failure) => failure.rung !== rung),
        };
  return { ...memory, victims: { ...memory.victims, [container]: next } };
}

export function without(victim: VictimMemory, ...keys: ('needSince' | 'calmSince')[]): VictimMemory {
  const rest = { ...victim };
  for (const key of keys) Reflect.deleteProperty(rest, key);
  return rest;
}

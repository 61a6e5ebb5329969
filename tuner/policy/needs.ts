/**
 * Whether a container misses what is reserved for it, smoothed over time: one noisy window is no need. Only what the
 * tuner can do something about counts: not what the hypervisor, the kernel or its own threads took.
 */
import type { ContainerEvidence, ContainerView } from '../observation/node-view.ts';

export interface Targets {
  /** A gap below this is none, CPUs: the greater of both. */
  readonly gapCores: number;
  readonly gapShare: number;
  /** Wait per wake-up, for a container under its reservation; its owner may ask for another. */
  readonly waitP99Seconds: number;
  /** Time constant of the smoothing. */
  readonly smoothSeconds: number;
}

export const defaultTargets: Targets = {
  gapCores: 0.05,
  gapShare: 0.03,
  waitP99Seconds: 0.01,
  smoothSeconds: 20,
};

/** Plain JSON. */
export interface Smoothed {
  readonly atSeconds: number;
  /** What it misses for reasons that the tuner can change, CPUs. */
  readonly gapCores: number;
  /** Of the single windows about that, and of their smoothed mean: how sure it is. */
  readonly gapVariance: number;
  readonly gapErrorCores: number;
  readonly throttledCores: number;
  readonly throttledShare: number;
  readonly receivedCores: number;
  readonly waitP99Seconds?: number;
}

export interface Need {
  readonly gapCores: number;
  /** Above the target. */
  readonly missesGap: boolean;
  readonly missesWait: boolean;
  readonly isThrottled: boolean;
}

export function smooth(
  before: Smoothed | undefined,
  evidence: ContainerEvidence,
  nowSeconds: number,
  targets: Targets,
): Smoothed {
  const share = before ? 1 - Math.exp(-(nowSeconds - before.atSeconds) / targets.smoothSeconds) : 1;
  const toward = (was: number | undefined, now: number): number =>
    was === undefined ? now : was + share * (now - was);
  const wait = evidence.waitP99Seconds;
  const gap = addressableGap(evidence);
  const gapVariance = before ? toward(before.gapVariance, (gap - before.gapCores) ** 2) : 0;
  return {
    atSeconds: nowSeconds,
    gapCores: toward(before?.gapCores, gap),
    gapVariance,
    // Of an exponentially weighted mean whose newest value counts `share`.
    gapErrorCores: Math.sqrt((gapVariance * share) / (2 - share)),
    throttledCores: toward(before?.throttledCores, evidence.causesCores.throttled),
    throttledShare: toward(before?.throttledShare, evidence.throttledHarmful ? 1 : 0),
    receivedCores: toward(before?.receivedCores, evidence.receivedCores),
    ...(wait !== undefined && { waitP99Seconds: toward(before?.waitP99Seconds, wait) }),
  };
}

export function addressableGap({ gapCores, causesCores }: ContainerEvidence): number {
  const { self, system, steal } = causesCores;
  return Math.max(0, gapCores.estimate - self - system - steal);
}

export function gapTarget(container: ContainerView, targets: Targets): number {
  return Math.max(targets.gapCores, targets.gapShare * (container.reservedCores ?? 0));
}

/** A gap counts when it is above its target by so many standard errors. */
const sureErrors = 2;

/** @param scale 1 for whether it is in need, below 1 for whether it is calm */
export function needOf(container: ContainerView, smoothed: Smoothed, targets: Targets, scale = 1): Need {
  const waitTarget = container.targetWaitP99Seconds ?? targets.waitP99Seconds;
  const { gapCores, gapErrorCores, receivedCores, throttledShare, waitP99Seconds = 0 } = smoothed;
  const doubt = scale < 1 ? 0 : sureErrors * gapErrorCores;
  const isUnder = receivedCores < (container.reservedCores ?? 0);
  const isThrottled = throttledShare > 0.5 * scale;
  return {
    gapCores,
    missesGap: gapCores - doubt > gapTarget(container, targets) * scale,
    missesWait: isUnder && waitP99Seconds > waitTarget * scale,
    isThrottled,
  };
}

export const isInNeed = ({ missesGap, missesWait, isThrottled }: Need): boolean =>
  missesGap || missesWait || isThrottled;

/** When a trial does not count: somebody else took CPU time in it, or the load generator was late. */

export interface TrialSurroundings {
  readonly windowSeconds: number;
  /** How long the window was to be: a runner that is kept from its CPU reads too late. */
  readonly plannedSeconds: number;
  readonly cpuCount: number;
  readonly stealSeconds: number;
  /** CPU time of whoever is neither in the scene nor part of the experiment. */
  readonly foreignSeconds: number;
  /** 99th percentile of how late the generator sent; absent where there was no generator. */
  readonly latenessP99Ns?: number;
  /** Median of the victim's latency in the trial; a lateness far below it does no harm. */
  readonly latencyP50Ns?: number;
}

export interface DisturbanceLimits {
  /** Parts of all CPU time. */
  readonly steal: number;
  readonly foreign: number;
  /** Late is more than this, or more than the median latency, whichever is longer. */
  readonly latenessNs: number;
  /** Of the window's length, either way. */
  readonly window: number;
}

export const usualDisturbanceLimits: DisturbanceLimits = {
  steal: 0.02,
  foreign: 0.05,
  latenessNs: 500_000,
  window: 0.05,
};

export interface Disturbance {
  readonly kind: 'steal' | 'foreign_cpu' | 'generator_late' | 'runner_late';
  /** With the numbers. */
  readonly sentence: string;
}

/** `generator_late` and `runner_late` make a trial void; the others mark it, and it is repeated while there is time. */
export function findDisturbances(
  trial: TrialSurroundings,
  limits: DisturbanceLimits = usualDisturbanceLimits,
): readonly Disturbance[] {
  const cpuSeconds = trial.windowSeconds * trial.cpuCount;
  const part = (seconds: number): number => seconds / Math.max(cpuSeconds, Number.MIN_VALUE);
  const found: Disturbance[] = [];
  if (part(trial.stealSeconds) > limits.steal) {
    const sentence = `the hypervisor took ${percent(part(trial.stealSeconds))} of the CPU time`;
    found.push({ kind: 'steal', sentence });
  }
  if (part(trial.foreignSeconds) > limits.foreign) {
    const sentence = `processes outside of the experiment used ${percent(part(trial.foreignSeconds))} of the CPU time`;
    found.push({ kind: 'foreign_cpu', sentence });
  }
  const late = trial.latenessP99Ns ?? 0;
  if (late > Math.max(limits.latenessNs, trial.latencyP50Ns ?? 0)) {
    const sentence = `one request in a hundred was sent ${(late / 1e6).toFixed(2)} ms late or more`;
    found.push({ kind: 'generator_late', sentence });
  }
  const off = Math.abs(trial.windowSeconds - trial.plannedSeconds);
  if (off > limits.window * trial.plannedSeconds) {
    const sentence = `the window was ${trial.windowSeconds.toFixed(2)} s long and should have been ${trial.plannedSeconds} s`;
    found.push({ kind: 'runner_late', sentence });
  }
  return found;
}

/** Such a trial says nothing: it is never used. */
export function isVoid(disturbances: readonly Disturbance[]): boolean {
  return disturbances.some(({ kind }) => kind === 'generator_late' || kind === 'runner_late');
}

const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;

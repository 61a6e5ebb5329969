/**
 * What a change is predicted to do, beside what was measured. A model is right about differences more often than about
 * levels, so the prediction's change is added to the measured value. Where the model says that nothing is missing
 * while something was measured to be, it does not see the cause; then it can still warn of harm, and promise nothing.
 */
import type { Prediction } from '../../ledger/predict/scheduler-model.ts';
import type { ContainerView, NodeView } from '../observation/node-view.ts';
import type { Baseline, WantedSetting } from './policy.ts';
import { intendedView } from './node-tree.ts';

/** What every group receives under the settings of a view. */
export type Predict = (intended: NodeView) => Prediction;

/** Fits a model to what was observed; it is asked for many settings then. */
export type Predictor = (observed: NodeView) => Predict;

export interface Forecast {
  readonly receivedOf: (path: string) => number | undefined;
  readonly waitOf: (path: string) => number | undefined;
  readonly idleCores: number;
}

export function forecastFor(
  predict: Predict,
  view: NodeView,
  baseline: readonly Baseline[],
  wanted: readonly WantedSetting[],
): Forecast {
  return toForecast(predict(intendedView(view, baseline, wanted)));
}

export function toForecast({ groups, idleCores }: Prediction): Forecast {
  const byPath = new Map(groups.map((group) => [group.path, group]));
  return {
    receivedOf: (path) => byPath.get(path)?.receivedCores,
    waitOf: (path) => byPath.get(path)?.waitCores,
    idleCores,
  };
}

export interface Effect {
  /** Whether the model sees the gap at all. */
  readonly seesGap: boolean;
  /** The measured gap less what the change adds. */
  readonly gapAfter: number;
  /** How much less it waits, 0..1; absent where the model does not say. */
  readonly waitFalls?: number;
  /** Others that would fall below what is reserved for them, by more than the tolerance. */
  readonly harmed: readonly string[];
  /** CPUs that others receive less, all together. */
  readonly neighbourLoss: number;
  readonly idleAdded: number;
}

export function effectOf(
  victim: ContainerView,
  gapCores: number,
  tolerance: number,
  containers: readonly ContainerView[],
  before: Forecast,
  after: Forecast,
): Effect {
  const change = (path: string): number => (after.receivedOf(path) ?? 0) - (before.receivedOf(path) ?? 0);
  const entitled = victim.evidence?.entitledCores.estimate ?? 0;
  const others = containers.filter(({ path }) => path !== victim.path);
  const [waitBefore, waitAfter] = [before.waitOf(victim.path), after.waitOf(victim.path)];
  return {
    seesGap: (before.receivedOf(victim.path) ?? 0) < entitled - Math.max(tolerance, gapCores / 2),
    gapAfter: Math.max(0, gapCores - change(victim.path)),
    ...(waitBefore !== undefined &&
      waitAfter !== undefined &&
      waitBefore > 0 && { waitFalls: 1 - waitAfter / waitBefore }),
    harmed: others.filter((other) => isHarmed(other, change(other.path), tolerance)).map(({ path }) => path),
    neighbourLoss: others.reduce((sum, { path }) => sum + Math.max(0, -change(path)), 0),
    idleAdded: after.idleCores - before.idleCores,
  };
}

function isHarmed(
  { reservedCores = 0, evidence }: ContainerView,
  change: number,
  tolerance: number,
): boolean {
  if (!evidence || change > -tolerance / 2) return false;
  const owed = Math.min(reservedCores, evidence.entitledCores.estimate);
  return evidence.receivedCores + change < owed - tolerance;
}

/**
 * A ModelHost from what was observed, so that a change of settings can be predicted before it is made. The unchanged
 * host must come out as it was seen; what does not is the residual, by which a planner should discount its predictions.
 */
import type { CpuSet } from '../../kernel/cpu-set.ts';
import { predictFluid } from './fluid.ts';
import { threadsOfObserved, type ObservedContainer } from './observed-threads.ts';
import type { ModelGroup, ModelHost } from './scheduler-model.ts';

export interface ObservedHost {
  readonly cpus: CpuSet;
  readonly cacheDomains?: readonly CpuSet[];
  /** Settings of the containers and of all levels above them; each container must be among them. */
  readonly groups: readonly ModelGroup[];
  readonly containers: readonly ObservedContainer[];
}

export interface ObservedModel {
  readonly host: ModelHost;
  readonly residuals: readonly Residual[];
}

export interface Residual {
  readonly path: string;
  readonly receivedCores: number;
  /** What the fluid model says it receives with the settings as they are. */
  readonly predictedCores: number;
  /** Received minus predicted. */
  readonly residualCores: number;
}

/** Demand of threads that sleep is corrected so often; threads that never sleep are left as they are. */
const corrections = 3;
const closeEnoughCores = 0.005;
const leastScale = 0.1;
const greatestScale = 10;

/** Throws RangeError for a container that is not among the groups. */
export function modelOfObserved(observed: ObservedHost): ObservedModel {
  const scales = new Map<string, number>();
  let model = attempt(observed, scales);
  for (let turn = 0; turn < corrections && correct(model.residuals, scales); turn++) {
    model = attempt(observed, scales);
  }
  return model;
}

function attempt(observed: ObservedHost, scales: ReadonlyMap<string, number>): ObservedModel {
  const { cpus, cacheDomains, groups, containers } = observed;
  const threads = containers.flatMap((container) =>
    threadsOfObserved(container, scales.get(container.path) ?? 1),
  );
  const host: ModelHost = { cpus, ...(cacheDomains && { cacheDomains }), groups, threads };
  const predicted = new Map(predictFluid(host).groups.map((group) => [group.path, group.receivedCores]));
  const residuals = containers.map(({ path, receivedCores }): Residual => {
    const predictedCores = predicted.get(path) ?? 0;
    return { path, receivedCores, predictedCores, residualCores: receivedCores - predictedCores };
  });
  return { host, residuals };
}

/** True when something was corrected. */
function correct(residuals: readonly Residual[], scales: Map<string, number>): boolean {
  let hasChanged = false;
  for (const { path, receivedCores, predictedCores, residualCores } of residuals) {
    if (Math.abs(residualCores) < closeEnoughCores || predictedCores <= 0) continue;
    const before = scales.get(path) ?? 1;
    const after = Math.min(greatestScale, Math.max(leastScale, (before * receivedCores) / predictedCores));
    scales.set(path, after);
    hasChanged ||= after !== before;
  }
  return hasChanged;
}

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
  /** By group path, the part of its weight that counts; those that are not named have all of theirs. */
  readonly favours: ReadonlyMap<string, number>;
}

export interface Residual {
  readonly path: string;
  readonly receivedCores: number;
  /** What the fluid model says it receives with the settings as they are. */
  readonly predictedCores: number;
  /** Received minus predicted. */
  readonly residualCores: number;
}

/** Corrections of demand and of favour, one after the other. */
const corrections = 8;
const closeEnoughCores = 0.005;
const leastScale = 0.1;
const greatestScale = 10;
const leastFavour = 1 / 16;

/**
 * What a container received less than it wanted while the model gives it more is put down to its weight: under forced
 * sharing a group receives less than its weight promises, and `favours` is the part that counts. Everything else is put down
 * to the demand of threads that sleep. Threads that never sleep and miss nothing are left as they are. Throws RangeError for a
 * container that is not among the groups.
 */
export function modelOfObserved(observed: ObservedHost): ObservedModel {
  const scales = new Map<string, number>();
  const favours = new Map<string, number>();
  let model = attempt(observed, scales, favours);
  for (let turn = 0; turn < corrections && correct(observed, model.residuals, scales, favours); turn++) {
    model = attempt(observed, scales, favours);
  }
  return model;
}

/** The model's groups with only that part of their weights that counts. */
export function withFavour(
  groups: readonly ModelGroup[],
  favours: ReadonlyMap<string, number>,
): readonly ModelGroup[] {
  if (favours.size === 0) return groups;
  return groups.map((group) => {
    const favour = favours.get(group.path);
    return favour === undefined ? group : { ...group, shares: Math.max(2, group.shares * favour) };
  });
}

function attempt(
  observed: ObservedHost,
  scales: ReadonlyMap<string, number>,
  favours: ReadonlyMap<string, number>,
): ObservedModel {
  const { cpus, cacheDomains, groups, containers } = observed;
  const threads = containers.flatMap((container) =>
    threadsOfObserved(container, scales.get(container.path) ?? 1),
  );
  const host: ModelHost = { cpus, ...(cacheDomains && { cacheDomains }), groups, threads };
  const prediction = predictFluid({ ...host, groups: withFavour(groups, favours) });
  const predicted = new Map(prediction.groups.map((group) => [group.path, group.receivedCores]));
  const residuals = containers.map(({ path, receivedCores }): Residual => {
    const predictedCores = predicted.get(path) ?? 0;
    return { path, receivedCores, predictedCores, residualCores: receivedCores - predictedCores };
  });
  return { host, residuals, favours: new Map(favours) };
}

/** True when something was corrected. */
function correct(
  observed: ObservedHost,
  residuals: readonly Residual[],
  scales: Map<string, number>,
  favours: Map<string, number>,
): boolean {
  let hasChanged = false;
  for (const [i, { path, receivedCores, predictedCores, residualCores }] of residuals.entries()) {
    if (Math.abs(residualCores) < closeEnoughCores || predictedCores <= 0) continue;
    const ratio = receivedCores / predictedCores;
    const { entitledCores = 0 } = observed.containers[i] ?? {};
    const misses = entitledCores - receivedCores > closeEnoughCores;
    const isDisfavoured = misses && (ratio < 1 || favours.has(path));
    const [values, least, greatest, factor] = isDisfavoured
      ? ([favours, leastFavour, 1, ratio * ratio] as const)
      : ([scales, leastScale, greatestScale, ratio] as const);
    const before = values.get(path) ?? 1;
    const after = Math.min(greatest, Math.max(least, before * factor));
    hasChanged ||= after !== before;
    for (const group of isDisfavoured ? ownGroups(path, observed) : [path]) values.set(group, after);
  }
  return hasChanged;
}

/** The container's group, and those above it that hold nothing else. */
function ownGroups(path: string, { groups, containers }: ObservedHost): readonly string[] {
  const holdsOthers = (group: string): boolean =>
    containers.some((other) => other.path !== path && isBelow(other.path, group));
  return groups.flatMap((group) =>
    group.path === path || (isBelow(path, group.path) && !holdsOthers(group.path)) ? [group.path] : [],
  );
}

const isBelow = (path: string, group: string): boolean => path.startsWith(`${group}/`);

/** Measurements beside what both models say. Pure. */
import { predictEvents } from '../../ledger/predict/events.ts';
import { predictFluid } from '../../ledger/predict/fluid.ts';
import type { ModelHost, Prediction } from '../../ledger/predict/scheduler-model.ts';
import type { Measurement } from './measurement.ts';
import { modelOf, neighbourPath, pairs, pairSettings, targetPath } from './scenarios.ts';

/** More than this taken by the hypervisor, or by others beyond what the pair leaves, and a window does not count. */
const mostSteal = 0.1;
const mostForeign = 0.12;
const seeds = [1, 2, 3, 4, 5];

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export interface PredictedPair {
  readonly targetCores: number;
  readonly neighbourCores: number;
  readonly targetRounds?: number;
}

export interface ComparedScenario {
  readonly pair: string;
  readonly setting: string;
  /** Undefined: every window was disturbed, or there was none. */
  readonly target?: Spread;
  readonly neighbour?: Spread;
  readonly rounds?: Spread;
  readonly windows: number;
  readonly disturbed: number;
  readonly stealCores: number;
  readonly fluid: PredictedPair;
  /** Medians over seeds. */
  readonly events: PredictedPair;
}

export function compareAll(measurements: readonly Measurement[]): readonly ComparedScenario[] {
  return pairs.flatMap((pair) =>
    pairSettings.flatMap((setting) => {
      const own = measurements.filter((m) => m.pair === pair.name && m.setting === setting.name);
      return own.length === 0 ? [] : [compareScenario(own, modelOf(pair, setting))];
    }),
  );
}

function compareScenario(all: readonly Measurement[], host: ModelHost): ComparedScenario {
  const fluid = predictFluid(host);
  const isTimed = host.threads.some(({ group, program }) => group === targetPath && program.kind !== 'spin');
  const events = seeds.map((seed) => pairOf(predictEvents(host, { seed, seconds: 3 }), isTimed));
  const good = all.filter(
    ({ stealCores, foreignCores }) =>
      stealCores <= mostSteal && foreignCores - fluid.idleCores <= mostForeign,
  );
  const spread = (of: (m: Measurement) => number | undefined): Spread | undefined =>
    spreadOf(good.flatMap((m) => of(m) ?? []));
  const [target, neighbour, rounds] = [
    spread((m) => m.target.receivedCores),
    spread((m) => m.neighbour.receivedCores),
    isTimed ? spread((m) => m.target.roundsPerSecond) : undefined,
  ];
  return {
    pair: all[0]?.pair ?? '',
    setting: all[0]?.setting ?? '',
    ...(target && { target }),
    ...(neighbour && { neighbour }),
    ...(rounds && { rounds }),
    windows: all.length,
    disturbed: all.length - good.length,
    stealCores: medianOf(all.map(({ stealCores }) => stealCores)),
    fluid: pairOf(fluid, isTimed),
    events: {
      targetCores: medianOf(events.map(({ targetCores }) => targetCores)),
      neighbourCores: medianOf(events.map(({ neighbourCores }) => neighbourCores)),
      ...(isTimed && { targetRounds: medianOf(events.map(({ targetRounds = 0 }) => targetRounds)) }),
    },
  };
}

function pairOf({ groups }: Prediction, isTimed: boolean): PredictedPair {
  const target = groups.find(({ path }) => path === targetPath);
  const neighbour = groups.find(({ path }) => path === neighbourPath);
  return {
    targetCores: target?.receivedCores ?? 0,
    neighbourCores: neighbour?.receivedCores ?? 0,
    ...(isTimed && { targetRounds: target?.roundsPerSecond ?? 0 }),
  };
}

function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  return { median: medianOf(values), least: Math.min(...values), most: Math.max(...values) };
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

export interface ErrorSummary {
  readonly scenarios: number;
  readonly meanCores: number;
  readonly worstCores: number;
  readonly worst: string;
}

/** Of the target's CPUs, predicted minus the measured median. */
export function summarise(compared: readonly ComparedScenario[], model: 'fluid' | 'events'): ErrorSummary {
  const errors = compared.flatMap(({ target, pair, setting, [model]: predicted }) =>
    target ? [{ name: `${pair}, ${setting}`, cores: predicted.targetCores - target.median }] : [],
  );
  const [worst] = errors.toSorted((a, b) => Math.abs(b.cores) - Math.abs(a.cores));
  return {
    scenarios: errors.length,
    meanCores: errors.reduce((sum, { cores }) => sum + Math.abs(cores), 0) / Math.max(1, errors.length),
    worstCores: worst?.cores ?? 0,
    worst: worst?.name ?? '',
  };
}

/** What the ladder can be told, and what one decision of it works with. */
import type { ContainerView } from '../observation/node-view.ts';
import type { CompetingSetsOf } from './competing-sets.ts';
import { compose, type ComposeOptions } from './compose.ts';
import { forecastFor, type Forecast, type Predict, type Predictor } from './forecast.ts';
import { defaultWeightOptions, type WeightOptions } from './hold-weights.ts';
import { defaultPatience, type LadderMemory, type Patience } from './ladder-memory.ts';
import { defaultTargets, type Targets } from './needs.ts';
import type { NodeTree } from './node-tree.ts';
import type { PolicyInput, Rung } from './policy.ts';

export interface LadderOptions extends ComposeOptions {
  readonly predictor: Predictor;
  /** Rungs that may be taken, in any order. */
  readonly enabled: readonly Rung[];
  readonly targets: Targets;
  readonly patience: Patience;
  readonly weights: WeightOptions;
}

/** Everything but partitions, which take CPUs from the host's own processes too. */
export const defaultLadderOptions: Omit<LadderOptions, 'predictor'> = {
  enabled: ['weights', 'quota', 'idle_class', 'soft_pool', 'exclusive'],
  targets: defaultTargets,
  patience: defaultPatience,
  weights: defaultWeightOptions,
  poolFloor: 1,
  partition: 'root',
};

/** What one decision works with. */
export interface LadderContext {
  readonly tree: NodeTree;
  readonly input: PolicyInput<LadderMemory>;
  readonly options: LadderOptions;
  /** With what everybody misses by what was taken in. */
  readonly competingSetsOf: CompetingSetsOf;
  /** Fitted to this observation. */
  readonly predict: Predict;
  /** Containers that may be helped, in path order. */
  readonly eligible: readonly ContainerView[];
}

/** What everybody receives under the rungs of this memory. */
export function forecast({ tree, input, options, predict }: LadderContext, memory: LadderMemory): Forecast {
  const { wanted } = compose(tree, memory, options);
  return forecastFor(predict, tree.view, input.baseline, wanted);
}

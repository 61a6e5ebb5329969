/** The weight controllers of the ladder: one for each competing set on the way up from a container with that rung. */
import type { ContainerView } from '../observation/node-view.ts';
import type { CompetingSet, MissingOf } from './competing-sets.ts';
import { holdWeights, newSetMemory, type SetMemory } from './hold-weights.ts';
import type { LadderContext } from './ladder-context.ts';
import type { LadderMemory } from './ladder-memory.ts';
import { weightsOf } from './set-weights.ts';
import { needOf, type Targets } from './needs.ts';

/** Takes the observation in. Sets that nobody needs any more are forgotten, and their weights go back. */
export function stepSets(
  { tree, input, options, competingSetsOf }: LadderContext,
  memory: LadderMemory,
): LadderMemory {
  const sets: Record<string, SetMemory> = {};
  for (const { path } of tree.containers) {
    if (memory.victims[path]?.rungs.includes('weights') !== true) continue;
    for (const set of competingSetsOf(path)) {
      sets[set.parent] ??= stepSet(set, memory, input.nowSeconds, options.weights);
    }
  }
  return { ...memory, sets };
}

/**
 * A set that begins makes its first step at once: what it waits for is known from the need. Where the weights are not in
 * proportion to the reservations, that they become so is the first step.
 */
function stepSet(
  set: CompetingSet,
  memory: LadderMemory,
  nowSeconds: number,
  options: LadderContext['options']['weights'],
): SetMemory {
  const isInProportion = weightsOf(set, undefined).length === 0;
  const begin = isInProportion ? nowSeconds - options.periodSeconds : nowSeconds;
  return holdWeights(set, memory.sets[set.parent] ?? newSetMemory(begin), nowSeconds, options);
}

/**
 * What a container misses, with its sign. One that receives what it is entitled to and waits too long for it misses the
 * time that it waits behind others, up to its reservation. Without a reservation all that it receives is more than that.
 */
export function missingFor(memory: LadderMemory, targets: Targets): MissingOf {
  return (container: ContainerView): number => {
    const { evidence, reservedCores = 0 } = container;
    if (!evidence) return 0;
    const { self, system, steal } = evidence.causesCores;
    const gap = evidence.entitledCores.estimate - evidence.receivedCores - self - system - steal;
    const victim = memory.victims[container.path];
    if (!victim || !needOf(container, victim.smoothed, targets).missesWait) return gap;
    const room = Math.max(0, reservedCores - evidence.receivedCores);
    return Math.max(gap, Math.min(evidence.waitOthersCores ?? 0, room));
  };
}

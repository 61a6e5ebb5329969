/** The policy that was asked for, with the predictor and the planner that it works with. */
import { fluidPredictor } from '../../tuner/policy/view-model.ts';
import { dedicatedPolicy } from '../../tuner/policy/dedicated.ts';
import { defaultLadderOptions } from '../../tuner/policy/ladder-context.ts';
import { ladderPolicy } from '../../tuner/policy/ladder.ts';
import type { Patience } from '../../tuner/policy/ladder-memory.ts';
import { defaultTargets, type Targets } from '../../tuner/policy/needs.ts';
import { observePolicy } from '../../tuner/policy/observe.ts';
import type { Policy, Rung } from '../../tuner/policy/policy.ts';
import { defaultPlanLimits } from '../../tuner/plan/limits.ts';
import { planWrites } from '../../tuner/plan/plan-writes.ts';
import type { PlanTools } from '../../tuner/plan-once.ts';
import type { WeightOptions } from '../../tuner/policy/hold-weights.ts';
import type { PolicyName, PolicyOptions } from './flags.ts';

export interface ToolOptions {
  readonly policy: PolicyName;
  readonly targets?: Targets;
  /** Default: all but partition. */
  readonly rungs?: readonly Rung[] | undefined;
  readonly patience?: Patience;
  readonly weights?: WeightOptions;
}

/** A policy keeps its memory to itself: whoever runs it hands back what it gave, so its type may be forgotten. */
const opaque = <Memory>(policy: Policy<Memory>): Policy<unknown> => ({
  name: policy.name,
  initialMemory: policy.initialMemory,
  decide: (input) => policy.decide({ ...input, memory: input.memory as Memory }),
  learn: (memory, outcome) => policy.learn(memory as Memory, outcome),
});

export function planTools(options: ToolOptions): PlanTools<unknown> {
  const { policy: name, rungs = defaultLadderOptions.enabled } = options;
  const limits = { ...defaultPlanLimits, mayPartition: rungs.includes('partition') };
  return {
    policy: policies[name]({ ...options, rungs }),
    predictor: fluidPredictor,
    planWrites: (input) => planWrites({ ...input, limits }),
  };
}

type PolicyMaker = (options: ToolOptions) => Policy<unknown>;

const policies: Readonly<Record<PolicyName, PolicyMaker>> = {
  ladder: ({ rungs, targets = defaultTargets, patience, weights }) =>
    opaque(
      ladderPolicy({
        ...defaultLadderOptions,
        predictor: fluidPredictor,
        targets,
        ...(rungs && { enabled: rungs }),
        ...(patience && { patience }),
        ...(weights && { weights }),
      }),
    ),
  dedicated: () =>
    opaque(dedicatedPolicy({ isChosen: () => true, poolFloor: defaultLadderOptions.poolFloor })),
  observe: () => opaque(observePolicy),
};

export function targetsOf({ targetGap, targetWait }: PolicyOptions): Targets {
  return {
    ...defaultTargets,
    ...(targetGap !== undefined && { gapCores: targetGap }),
    ...(targetWait !== undefined && { waitP99Seconds: targetWait }),
  };
}

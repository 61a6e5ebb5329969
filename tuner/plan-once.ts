/** One plan without a loop: what would be written now, why, and what it is predicted to do. Pure, and writes nothing. */
import type { NodeView } from './observation/node-view.ts';
import type { Plan } from './plan/plan.ts';
import { forecastFor, type Predictor } from './policy/forecast.ts';
import type { Baseline, Decision, Policy, WantedSetting } from './policy/policy.ts';

/** plan/plan-writes.ts, or what stands in for it. */
export type PlanWrites = (input: {
  readonly view: NodeView;
  readonly baseline: readonly Baseline[];
  readonly wanted: readonly WantedSetting[];
}) => Plan;

export interface PlanTools<Memory> {
  readonly policy: Policy<Memory>;
  readonly predictor: Predictor;
  readonly planWrites: PlanWrites;
}

/** CPUs. Absent: not observed, or the model does not know it. */
export interface PlannedContainer {
  readonly path: string;
  readonly name: string;
  readonly reservedCores?: number;
  readonly entitledCores?: number;
  readonly measuredReceivedCores?: number;
  readonly measuredGapCores?: number;
  readonly predictedBeforeCores?: number;
  readonly predictedAfterCores?: number;
  readonly note?: string;
}

export interface DryPlan<Memory> {
  readonly decision: Decision<Memory>;
  readonly plan: Plan;
  readonly containers: readonly PlannedContainer[];
  readonly idleBeforeCores: number;
  readonly idleAfterCores: number;
}

/** Long enough for any policy to believe what it sees. */
const confirmedSeconds = 86_400;

/** As if what is observed had lasted: each container that needs one gets one remedy. */
export function planOnce<Memory>(
  view: NodeView,
  baseline: readonly Baseline[],
  tools: PlanTools<Memory>,
): DryPlan<Memory> {
  const decide = (memory: Memory, nowSeconds: number): Decision<Memory> =>
    tools.policy.decide({ view, baseline, memory, nowSeconds });
  let decision = decide(tools.policy.initialMemory, 0);
  // A policy may look at a few containers at a time: it is done when it changed nothing for as many rounds as there are.
  for (let unchanged = 0; unchanged <= view.containers.length / 8 + 1;) {
    const next = decide(decision.memory, confirmedSeconds);
    unchanged = countRungs(next) === countRungs(decision) ? unchanged + 1 : 0;
    decision = { ...next, notes: new Map([...decision.notes, ...next.notes]) };
  }
  return describePlan(view, baseline, decision, tools);
}

const countRungs = ({ remedies }: Decision<unknown>): number =>
  [...remedies.values()].reduce((sum, { length }) => sum + length, 0);

/** A decision as writes, with what is predicted of everybody before and after. */
export function describePlan<Memory>(
  view: NodeView,
  baseline: readonly Baseline[],
  decision: Decision<Memory>,
  { predictor, planWrites }: Pick<PlanTools<Memory>, 'predictor' | 'planWrites'>,
): DryPlan<Memory> {
  const plan = planWrites({ view, baseline, wanted: decision.wanted });
  const predict = predictor(view);
  const before = forecastFor(predict, view, [], []);
  const after = forecastFor(predict, view, baseline, decision.wanted);
  return {
    decision,
    plan,
    containers: view.containers.map(({ path, name, reservedCores, evidence }) => {
      const [was, will, note] = [before.receivedOf(path), after.receivedOf(path), decision.notes.get(path)];
      return {
        path,
        name,
        ...(reservedCores !== undefined && { reservedCores }),
        ...(evidence && {
          entitledCores: evidence.entitledCores.estimate,
          measuredReceivedCores: evidence.receivedCores,
          measuredGapCores: evidence.gapCores.estimate,
        }),
        ...(was !== undefined && { predictedBeforeCores: was }),
        ...(will !== undefined && { predictedAfterCores: will }),
        ...(note !== undefined && { note }),
      };
    }),
    idleBeforeCores: before.idleCores,
    idleAfterCores: after.idleCores,
  };
}

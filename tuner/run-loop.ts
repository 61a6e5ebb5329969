/** Drives the loop: its clock, its observations and its writes are given. It returns when it is asked to stop, or stops itself. */
import { newLoopState, stepLoop, type LoopOptions, type LoopState, type LoopStep } from './loop.ts';
import type { NodeView } from './observation/node-view.ts';
import type { PlanTools } from './plan-once.ts';
import type { Plan } from './plan/plan.ts';
import type { Baseline } from './policy/policy.ts';

export interface LoopEdges<Memory> {
  /** A view, or in words why there is none now. Throws on what it does not understand: the loop then stops. */
  readonly observe: () => Promise<NodeView | string>;
  readonly baseline: () => readonly Baseline[];
  /** Undefined when every write was made and read back; else what went wrong. */
  readonly apply: (plan: Plan) => Promise<string | undefined>;
  /** Gives back everything that was ever written. */
  readonly restore: () => Promise<void>;
  /** Called after every step, before its action. */
  readonly report: (step: LoopStep<Memory>) => void;
  /** Monotonic. */
  readonly nowSeconds: () => number;
  /** Returns when the time has passed, or earlier when the loop is to stop. */
  readonly sleep: (seconds: number) => Promise<void>;
  readonly isStopping: () => boolean;
}

export interface LoopEnd<Memory> {
  readonly state: LoopState<Memory>;
  /** Absent: it was asked to stop. */
  readonly failure?: string;
}

export async function runLoop<Memory>(
  edges: LoopEdges<Memory>,
  tools: PlanTools<Memory>,
  options: LoopOptions & { readonly intervalSeconds: number },
  memory: Memory = tools.policy.initialMemory,
): Promise<LoopEnd<Memory>> {
  let state = newLoopState(memory, edges.nowSeconds());
  while (!edges.isStopping()) {
    const result = await runStep(state, edges, tools, options);
    ({ state } = result);
    if (result.failure !== undefined) {
      await edges.restore();
      return result;
    }
    await edges.sleep(options.intervalSeconds);
  }
  return { state };
}

async function runStep<Memory>(
  state: LoopState<Memory>,
  edges: LoopEdges<Memory>,
  tools: PlanTools<Memory>,
  options: LoopOptions,
): Promise<LoopEnd<Memory>> {
  try {
    const observed = await edges.observe();
    const input = { observed, baseline: edges.baseline(), nowSeconds: edges.nowSeconds() };
    const step = stepLoop(state, input, tools, options);
    edges.report(step);
    if (step.action === 'restore') await edges.restore();
    const failure = step.action === 'apply' ? await edges.apply(step.plan) : undefined;
    return { state: step.state, ...(failure !== undefined && { failure }) };
  } catch (error) {
    return { state, failure: error instanceof Error ? error.message : String(error) };
  }
}

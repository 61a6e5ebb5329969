/**
 * One step of the tuner's loop, without clock and without writes: observe -> judge -> decide -> plan. A function of its
 * state and of what was observed, so that a simulated week takes a second. run-loop.ts drives it.
 *
 * - At most one experiment at a time. While one settles, only closed loops move; then it is judged, and kept or rolled back.
 * - A value that somebody else changed is written again with back-off, and given up after a few rounds.
 * - Without a fresh observation nothing is decided; when that lasts, everything is given back.
 * - In a dry run nothing is learned, since nothing was done: each step says anew what it would do first.
 */
import {
  defaultBackoff,
  isBackingOff,
  noteDrift,
  type BackoffOptions,
  type Drifted,
  type DriftState,
} from './drift-backoff.ts';
import {
  conclude,
  defaultTiming,
  judgedAt,
  newRemedy,
  type Experiment,
  type Timing,
} from './experiment/experiment.ts';
import { predictedChanges, type Receipt } from './experiment/receipt.ts';
import { appendView, type Series } from './experiment/series.ts';
import type { NodeView } from './observation/node-view.ts';
import { refuseStale } from './observation/make-view.ts';
import type { PlanTools } from './plan-once.ts';
import type { Plan } from './plan/plan.ts';
import { forecastFor } from './policy/forecast.ts';
import { defaultTargets, type Targets } from './policy/needs.ts';
import type { Baseline, Decision, Outcome, Rung, WantedSetting } from './policy/policy.ts';

export interface LoopOptions {
  readonly isDryRun: boolean;
  readonly targets: Targets;
  readonly timing: Timing;
  readonly backoff: BackoffOptions;
  /** An older observation is not acted on. */
  readonly mostAgeSeconds: number;
  /** Without a fresh one for so long, everything is given back. */
  readonly restoreAfterSeconds: number;
}

export const defaultLoopOptions: LoopOptions = {
  isDryRun: true,
  targets: defaultTargets,
  timing: defaultTiming,
  backoff: defaultBackoff,
  mostAgeSeconds: 30,
  restoreAfterSeconds: 60,
};

export interface LoopState<Memory> {
  readonly memory: Memory;
  readonly series: Series;
  readonly experiment?: Experiment;
  readonly remedies: ReadonlyMap<string, readonly Rung[]>;
  /** What we wrote and left standing. */
  readonly applied: readonly WantedSetting[];
  readonly drift: DriftState;
  readonly freshSeconds: number;
}

export function newLoopState<Memory>(memory: Memory, nowSeconds: number): LoopState<Memory> {
  return { memory, series: {}, remedies: new Map(), applied: [], drift: new Map(), freshSeconds: nowSeconds };
}

export interface LoopInput {
  /** A view, or in words why there is none. */
  readonly observed: NodeView | string;
  readonly baseline: readonly Baseline[];
  /** Monotonic seconds. */
  readonly nowSeconds: number;
}

export interface LoopStep<Memory> {
  readonly state: LoopState<Memory>;
  /** `restore`: give everything back, in whatever way works without an observation. */
  readonly action: 'apply' | 'show' | 'wait' | 'restore';
  readonly decision?: Decision<Memory>;
  readonly plan: Plan;
  readonly receipts: readonly Receipt[];
  readonly drifted: readonly Drifted[];
  /** Values that were given up: somebody else insists on another one. */
  readonly givenUp: readonly Drifted[];
  /** Why it waits or restores. */
  readonly why?: string;
}

const noPlan: Plan = { writes: [], refused: [] };

export function stepLoop<Memory>(
  state: LoopState<Memory>,
  input: LoopInput,
  tools: PlanTools<Memory>,
  options: LoopOptions,
): LoopStep<Memory> {
  const { observed, nowSeconds } = input;
  const why = typeof observed === 'string' ? observed : refuseStale(observed, options.mostAgeSeconds);
  if (typeof observed === 'string' || why !== undefined) {
    return withoutObservation(state, why ?? 'nothing observed', nowSeconds, tools, options);
  }
  const from = nowSeconds - 2 * keptSeconds(options.timing);
  const fresh = {
    ...state,
    freshSeconds: nowSeconds,
    series: appendView(state.series, observed, nowSeconds, from),
  };
  const judged = judgeExperiment(fresh, observed, nowSeconds, tools, options);
  const checked = checkDrift(judged.state, observed, nowSeconds, tools, options);
  const act = options.isDryRun ? decideDry : decideAndPlan;
  const step = act(checked.state, observed, input, tools);
  return {
    ...step,
    receipts: [...judged.receipts, ...step.receipts],
    drifted: checked.found,
    givenUp: checked.givenUp,
  };
}

const keptSeconds = ({ settleSeconds, settleWeightsSeconds, compareSeconds }: Timing): number =>
  Math.max(settleSeconds, settleWeightsSeconds) + 2 * compareSeconds;

function withoutObservation<Memory>(
  state: LoopState<Memory>,
  why: string,
  nowSeconds: number,
  tools: PlanTools<Memory>,
  options: LoopOptions,
): LoopStep<Memory> {
  const common = { plan: noPlan, receipts: [], drifted: [], givenUp: [], why };
  const isLong = nowSeconds - state.freshSeconds >= options.restoreAfterSeconds;
  if (!isLong || options.isDryRun) return { ...common, state, action: 'wait' };
  // What was learned from an earlier life of the node may not hold: it begins anew when it sees again.
  const anew = newLoopState(tools.policy.initialMemory, state.freshSeconds);
  return { ...common, state: anew, action: state.applied.length > 0 ? 'restore' : 'wait' };
}

interface Judged<Memory> {
  readonly state: LoopState<Memory>;
  readonly receipts: readonly Receipt[];
}

function judgeExperiment<Memory>(
  state: LoopState<Memory>,
  view: NodeView,
  nowSeconds: number,
  tools: PlanTools<Memory>,
  options: LoopOptions,
): Judged<Memory> {
  const { experiment } = state;
  if (!experiment || nowSeconds < judgedAt(experiment, options.timing)) return { state, receipts: [] };
  const rest = withoutExperiment(state);
  const conclusion = conclude(experiment, state.series, view, nowSeconds, options);
  if (!conclusion) return { state: rest, receipts: [] };
  const { judgement, receipt } = conclusion;
  const memory = tools.policy.learn(state.memory, outcomeOf(experiment, judgement.result, nowSeconds));
  return { state: { ...rest, memory }, receipts: [receipt] };
}

const outcomeOf = (
  { container, cgroupId, rung }: Pick<Experiment, 'container' | 'cgroupId' | 'rung'>,
  result: Outcome['result'],
  nowSeconds: number,
): Outcome => ({ container, cgroupId, rung, result, nowSeconds });

function withoutExperiment<Memory>(state: LoopState<Memory>): LoopState<Memory> {
  const rest = { ...state };
  Reflect.deleteProperty(rest, 'experiment');
  return rest;
}

interface Checked<Memory> {
  readonly state: LoopState<Memory>;
  readonly found: readonly Drifted[];
  readonly givenUp: readonly Drifted[];
}

/** What somebody else insists on is as good as failed: another rung may do. */
function checkDrift<Memory>(
  state: LoopState<Memory>,
  view: NodeView,
  nowSeconds: number,
  tools: PlanTools<Memory>,
  options: LoopOptions,
): Checked<Memory> {
  const {
    state: drift,
    found,
    givenUp,
  } = noteDrift(state.drift, state.applied, view, nowSeconds, options.backoff);
  const memory = givenUp.reduce((before, { wanted }) => {
    const container = view.containers.find(({ path }) => path === wanted.onBehalfOf);
    if (!container) return before;
    const lost = { container: wanted.onBehalfOf, cgroupId: container.cgroupId, rung: wanted.rung };
    return tools.policy.learn(before, outcomeOf(lost, 'rolled_back', nowSeconds));
  }, state.memory);
  const isLost = givenUp.some(({ wanted }) => wanted.onBehalfOf === state.experiment?.container);
  const next = { ...state, drift, memory };
  return { state: isLost ? withoutExperiment(next) : next, found, givenUp };
}

type Decided<Memory> = Omit<LoopStep<Memory>, 'drifted' | 'givenUp'>;

function decideDry<Memory>(
  state: LoopState<Memory>,
  view: NodeView,
  { baseline, nowSeconds }: LoopInput,
  { policy, planWrites }: PlanTools<Memory>,
): Decided<Memory> {
  const input = { view, baseline, memory: state.memory, nowSeconds };
  const decision = policy.decide(input);
  const { memory } = policy.decide({ ...input, isSettling: true });
  const plan = planWrites({ view, baseline, wanted: decision.wanted });
  return { state: { ...state, memory }, action: 'show', decision, plan, receipts: [] };
}

function decideAndPlan<Memory>(
  state: LoopState<Memory>,
  view: NodeView,
  { baseline, nowSeconds }: LoopInput,
  { policy, predictor, planWrites }: PlanTools<Memory>,
): Decided<Memory> {
  const isSettling = state.experiment !== undefined;
  const decision = policy.decide({ view, baseline, memory: state.memory, nowSeconds, isSettling });
  const plan = withoutBackingOff(
    planWrites({ view, baseline, wanted: decision.wanted }),
    state.drift,
    nowSeconds,
  );
  const next: LoopState<Memory> = {
    ...state,
    memory: decision.memory,
    remedies: decision.remedies,
    applied: withoutRefused(decision.wanted, plan),
  };
  const action = plan.writes.length > 0 ? 'apply' : 'wait';
  const common = { action, decision, plan, receipts: [] } as const;
  const remedy = isSettling ? undefined : newRemedy(state.remedies, decision);
  const container = remedy && view.containers.find(({ path }) => path === remedy.container);
  if (!remedy || !container) return { ...common, state: next };
  const { path, cgroupId } = container;
  const begun = { container: path, cgroupId, rung: remedy.rung };
  const refused = refusedWhole(decision, plan, begun);
  if (refused !== undefined) {
    // Nothing of it can be written: as good as tried. The next step goes on from there.
    const memory = policy.learn(decision.memory, outcomeOf(begun, 'rolled_back', nowSeconds));
    const receipt = refusalReceipt(begun, container.name, refused, nowSeconds, view.wallTimeMs);
    return { ...common, state: { ...next, memory }, receipts: [receipt] };
  }
  const predict = predictor(view);
  const before = forecastFor(predict, view, [], []);
  const after = forecastFor(predict, view, baseline, decision.wanted);
  const changes = predictedChanges(view.containers, before, after);
  const experiment = { ...begun, appliedAtSeconds: nowSeconds, predictedChanges: changes };
  return { ...common, state: { ...next, experiment } };
}

/** Files that somebody else changed are left alone until their time has come. */
function withoutBackingOff(plan: Plan, drift: DriftState, nowSeconds: number): Plan {
  return {
    ...plan,
    writes: plan.writes.filter(
      ({ path, to, rung }) => rung === 'baseline' || !isBackingOff(drift, path, to, nowSeconds),
    ),
  };
}

function withoutRefused(wanted: readonly WantedSetting[], { refused }: Plan): readonly WantedSetting[] {
  const keys = new Set(refused.map(({ path, setting }) => `${setting.knob} ${path}`));
  return wanted.filter(({ path, setting }) => !keys.has(`${setting.knob} ${path}`));
}

/** Why, where every setting of the rung was refused. */
function refusedWhole(
  { wanted }: Decision<unknown>,
  plan: Plan,
  { container, rung }: Pick<Experiment, 'container' | 'rung'>,
): string | undefined {
  const asked = wanted.filter((each) => each.onBehalfOf === container && each.rung === rung);
  if (asked.length === 0 || withoutRefused(asked, plan).length > 0) return undefined;
  const [first] = asked;
  return plan.refused.find(({ path, setting }) => path === first?.path && setting.knob === first.setting.knob)
    ?.why;
}

function refusalReceipt(
  { container, rung }: Pick<Experiment, 'container' | 'rung'>,
  name: string,
  why: string,
  nowSeconds: number,
  wallTimeMs: number,
): Receipt {
  return {
    container,
    name,
    rung,
    appliedAtSeconds: nowSeconds,
    judgedAtSeconds: nowSeconds,
    wallTimeMs,
    result: 'given_up',
    reason: `it was refused: ${why}`,
    containers: [],
  };
}

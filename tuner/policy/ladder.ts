/**
 * The default policy: the mildest remedy that works. docs/tuning.md says in words what is decided here. Each call
 *
 * 1. takes in what was observed: smoothed gaps and waits, since when each container is in need or calm;
 * 2. lets the weight controllers of the sets at work make their step (hold-weights.ts);
 * 3. unless an experiment is under way, changes at most one rung of one container: it steps down where a remedy leaves
 *    somebody else below its reservation, else climbs for whoever misses most (climb.ts), else steps down for whoever has
 *    been calm for its cool-down;
 * 4. says which settings follow from the rungs that stand (compose.ts).
 */
import { formatCpuSet } from '../../kernel/cpu-set.ts';
import type { ContainerView } from '../observation/node-view.ts';
import { chooseRung, isWantedBack } from './climb.ts';
import { competingSets } from './competing-sets.ts';
import { compose, type Composition } from './compose.ts';
import { effectOf, type Forecast } from './forecast.ts';
import { forecast, type LadderContext, type LadderOptions } from './ladder-context.ts';
import {
  emptyLadderMemory,
  learnOutcome,
  newVictim,
  withFailure,
  without,
  withoutRung,
  type LadderMemory,
  type VictimMemory,
} from './ladder-memory.ts';
import { missingFor, stepSets } from './ladder-weights.ts';
import { gapTarget, isInNeed, needOf, smooth, type Targets } from './needs.ts';
import { makeNodeTree } from './node-tree.ts';
import type { Decision, Policy, PolicyInput, Rung } from './policy.ts';

export function ladderPolicy(options: LadderOptions): Policy<LadderMemory> {
  return {
    name: 'ladder',
    initialMemory: emptyLadderMemory,
    decide: (input) => decideLadder(input, options),
    learn: (memory, outcome) => learnOutcome(memory, outcome, options.patience),
  };
}

function decideLadder(input: PolicyInput<LadderMemory>, options: LadderOptions): Decision<LadderMemory> {
  const tree = makeNodeTree(input.view, input.baseline);
  const eligible = tree.containers.filter(isEligible);
  const observed = takeIn(input, options, eligible);
  const competingSetsOf = competingSets(tree, missingFor(observed, options.targets));
  const predict = options.predictor(input.view);
  const context: LadderContext = { tree, input, options, eligible, competingSetsOf, predict };
  const notes = new Map<string, string>();
  const changed = input.isSettling === true ? observed : changeOneRung(context, observed, notes);
  const memory = stepSets(context, changed);
  const composition = compose(tree, memory, options);
  return {
    wanted: composition.wanted,
    memory: { ...memory, held: heldOf(composition) },
    notes: new Map([...composition.notes, ...notes]),
    remedies: new Map(
      Object.entries(memory.victims).flatMap(([path, { rungs }]) =>
        rungs.length > 0 ? [[path, rungs] as const] : [],
      ),
    ),
  };
}

function isEligible({ excluded, reservedCores = 0, wish }: ContainerView): boolean {
  return excluded === undefined && reservedCores > 0 && wish !== 'observe';
}

/** Forgets who is gone or was made anew, and smooths what was observed of the others. */
function takeIn(
  input: PolicyInput<LadderMemory>,
  options: LadderOptions,
  eligible: readonly ContainerView[],
): LadderMemory {
  const { memory, nowSeconds } = input;
  const victims = eligible.flatMap((container): [string, VictimMemory][] => {
    const known = memory.victims[container.path];
    const before = known?.cgroupId === String(container.cgroupId) ? known : undefined;
    if (!container.evidence) return before ? [[container.path, before]] : [];
    const smoothed = smooth(before?.smoothed, container.evidence, nowSeconds, options.targets);
    const victim = { ...(before ?? newVictim(container, smoothed, options.patience)), smoothed };
    return [[container.path, noteNeed(container, victim, nowSeconds, options.targets)]];
  });
  return { ...memory, victims: Object.fromEntries(victims) };
}

/** Calm is half of the target: between calm and need nothing changes. */
const calmShare = 0.5;

function noteNeed(
  container: ContainerView,
  victim: VictimMemory,
  nowSeconds: number,
  targets: Targets,
): VictimMemory {
  if (isInNeed(needOf(container, victim.smoothed, targets))) {
    return { ...without(victim, 'calmSince'), needSince: victim.needSince ?? nowSeconds };
  }
  const isCalm = !isInNeed(needOf(container, victim.smoothed, targets, calmShare));
  const rest = without(victim, 'needSince');
  return isCalm ? { ...rest, calmSince: victim.calmSince ?? nowSeconds } : without(rest, 'calmSince');
}

/** So many are looked at in one decision; who finds nothing that helps goes to the end of the queue. */
const mostConsidered = 8;

function changeOneRung(
  context: LadderContext,
  memory: LadderMemory,
  notes: Map<string, string>,
): LadderMemory {
  const needy = inConfirmedNeed(context, memory).slice(0, mostConsidered);
  const relieved = relieveOne(context, memory, needy, notes);
  if (relieved) return relieved;
  let passed = memory;
  for (const container of needy) {
    const climbed = climb(context, passed, container, notes);
    if (climbed) return climbed;
    const victim = passed.victims[container.path];
    if (victim)
      passed = withVictim(passed, container.path, { ...victim, needSince: context.input.nowSeconds });
  }
  for (const container of context.eligible) {
    const descended = descend(context, passed, container, notes);
    if (descended) return descended;
  }
  return passed;
}

/** Who has been in need for long enough, the greatest gap first. */
function inConfirmedNeed({ eligible, input, options }: LadderContext, memory: LadderMemory): ContainerView[] {
  const since = ({ path }: ContainerView): number => memory.victims[path]?.needSince ?? Infinity;
  const gap = ({ path }: ContainerView): number => memory.victims[path]?.smoothed.gapCores ?? 0;
  return eligible
    .filter((container) => input.nowSeconds - since(container) >= options.patience.confirmSeconds)
    .toSorted((a, b) => gap(b) - gap(a) || (a.path < b.path ? -1 : 1));
}

/** Who is in need because of what was done for somebody else: that is taken back, before anything is added. */
function relieveOne(
  context: LadderContext,
  memory: LadderMemory,
  needy: readonly ContainerView[],
  notes: Map<string, string>,
): LadderMemory | undefined {
  const suspects = context.eligible.filter(({ path }) => suspectRung(memory, path) !== undefined);
  if (suspects.length === 0 || needy.length === 0) return undefined;
  const now = forecast(context, memory);
  const without = (ones: readonly ContainerView[]): Forecast =>
    forecast(
      context,
      ones.reduce((before, { path }) => {
        const [victim, top] = [before.victims[path], suspectRung(before, path)];
        return victim && top ? withVictim(before, path, withoutRung(victim, top)) : before;
      }, memory),
    );
  const undone = without(suspects);
  for (const sufferer of needy) {
    const others = suspects.filter(({ path }) => path !== sufferer.path);
    if (!isHelped(context, memory, sufferer, now, undone)) continue;
    const guilty = others.find((other) => isHelped(context, memory, sufferer, now, without([other])));
    const top = guilty && suspectRung(memory, guilty.path);
    const victim = guilty && memory.victims[guilty.path];
    if (!victim || !top) continue;
    notes.set(guilty.path, `${top} is taken back: it left ${sufferer.name} below its reservation`);
    notes.set(sufferer.path, `it is below its reservation because of ${top} for ${guilty.name}`);
    const { nowSeconds } = context.input;
    const failed = withFailure(withoutRung(victim, top), top, nowSeconds, context.options.patience);
    return withVictim(memory, guilty.path, failed);
  }
  return undefined;
}

/** The last remedy that was added for it; weights correct themselves. */
function suspectRung(memory: LadderMemory, path: string): Rung | undefined {
  const top = memory.victims[path]?.rungs.at(-1);
  return top === 'weights' ? undefined : top;
}

/** Whether most of its gap is predicted to go. */
function isHelped(
  { tree, options }: LadderContext,
  memory: LadderMemory,
  sufferer: ContainerView,
  now: Forecast,
  then: Forecast,
): boolean {
  const gapCores = memory.victims[sufferer.path]?.smoothed.gapCores ?? 0;
  const tolerance = gapTarget(sufferer, options.targets);
  const { gapAfter } = effectOf(sufferer, gapCores, tolerance, tree.containers, now, then);
  return gapCores - gapAfter >= Math.max(tolerance, gapCores / 2);
}

function climb(
  context: LadderContext,
  memory: LadderMemory,
  container: ContainerView,
  notes: Map<string, string>,
): LadderMemory | undefined {
  const victim = memory.victims[container.path];
  if (!victim) return undefined;
  const choice = chooseRung(context, memory, container, victim);
  notes.set(container.path, choice.why);
  if (!choice.next) return undefined;
  const { nowSeconds } = context.input;
  // The need came back after a step down: that step is taken less readily from now on.
  const relapsed =
    victim.descendedAt !== undefined && nowSeconds - victim.descendedAt < 2 * victim.coolDownSeconds;
  const { coolDownSeconds, mostCoolDownSeconds } = context.options.patience;
  const patient = {
    ...choice.next,
    coolDownSeconds: relapsed
      ? Math.min(victim.coolDownSeconds * 2, mostCoolDownSeconds)
      : victim.rungs.length > 0
        ? victim.coolDownSeconds
        : coolDownSeconds,
  };
  return withVictim(memory, container.path, patient);
}

function descend(
  context: LadderContext,
  memory: LadderMemory,
  container: ContainerView,
  notes: Map<string, string>,
): LadderMemory | undefined {
  const victim = memory.victims[container.path];
  const top = victim?.rungs.at(-1);
  const { nowSeconds } = context.input;
  if (!victim || top === undefined || victim.calmSince === undefined) return undefined;
  if (nowSeconds - victim.calmSince < victim.coolDownSeconds) return undefined;
  const lower = withVictim(memory, container.path, withoutRung(victim, top));
  if (isWantedBack(context, container, forecast(context, memory), forecast(context, lower))) {
    notes.set(container.path, `${top} stays: without it the gap is predicted to come back`);
    // Looked at again after another cool-down: a forecast is not free.
    return withVictim(memory, container.path, { ...victim, calmSince: nowSeconds });
  }
  notes.set(container.path, `calm for ${victim.coolDownSeconds.toFixed(0)} s: ${top} is taken back`);
  return withVictim(memory, container.path, { ...withoutRung(victim, top), descendedAt: nowSeconds });
}

const withVictim = (memory: LadderMemory, path: string, victim: VictimMemory): LadderMemory => ({
  ...memory,
  victims: { ...memory.victims, [path]: victim },
});

const heldOf = ({ held }: Composition): Readonly<Record<string, string>> =>
  Object.fromEntries([...held].map(([path, cpus]) => [path, formatCpuSet(cpus)]));

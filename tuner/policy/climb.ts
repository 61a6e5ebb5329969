/** Which rung to take for a container in need: the lowest that is predicted to suffice and to harm nobody. */
import type { ContainerView } from '../observation/node-view.ts';
import { sameSetting } from '../plan/setting.ts';
import { compose } from './compose.ts';
import { effectOf, forecastFor, type Effect, type Forecast } from './forecast.ts';
import { forecast, type LadderContext } from './ladder-context.ts';
import { hasFailed, withRung, type LadderMemory, type VictimMemory } from './ladder-memory.ts';
import { stepSets } from './ladder-weights.ts';
import { gapTarget, needOf, type Need } from './needs.ts';
import { rungs, type Rung, type WantedSetting } from './policy.ts';
import { relieveQuota } from './quota-relief.ts';

export interface Choice {
  /** The victim with the rung taken; absent where none is worth taking. */
  readonly next?: VictimMemory;
  /** One sentence: why this rung and not a milder or a stronger one. */
  readonly why: string;
}

interface Candidate {
  readonly rung: Rung;
  readonly next: VictimMemory;
  readonly effect: Effect;
  /** Predicted to bring the gap and the wait under their targets. */
  readonly suffices: boolean;
}

export function chooseRung(
  context: LadderContext,
  memory: LadderMemory,
  container: ContainerView,
  victim: VictimMemory,
): Choice {
  const need = needOf(container, victim.smoothed, context.options.targets);
  const standing = forecast(context, memory);
  const passed: string[] = [];
  const candidates: Candidate[] = [];
  for (const rung of rungs) {
    const candidate = consider(context, memory, container, victim, need, rung, standing);
    if (typeof candidate === 'string') {
      passed.push(`${rung}: ${candidate}`);
      continue;
    }
    if (candidate.suffices) return take(candidate, need, passed);
    passed.push(`${rung}: predicted to leave a gap of ${candidate.effect.gapAfter.toFixed(2)} CPU`);
    candidates.push(candidate);
  }
  const [best] = candidates.toSorted((a, b) => a.effect.gapAfter - b.effect.gapAfter);
  if (best && need.gapCores - best.effect.gapAfter >= need.gapCores / 4 && need.missesGap) {
    return take(best, need, passed);
  }
  return { why: `${describeNeed(need)}; no rung left that helps (${passed.join('; ')})` };
}

function take({ rung, next, effect, suffices }: Candidate, need: Need, passed: readonly string[]): Choice {
  const promise = effect.seesGap
    ? `${suffices ? 'predicted' : 'the best there is: predicted'} to leave a gap of ${effect.gapAfter.toFixed(2)} CPU, at ${effect.neighbourLoss.toFixed(2)} CPU less for neighbours and ${Math.max(0, effect.idleAdded).toFixed(2)} CPU more idle`
    : 'the model does not see the cause, so the mildest is tried and measured';
  const milder = passed.length > 0 ? ` (${passed.join('; ')})` : '';
  return { next, why: `${describeNeed(need)}; ${rung}: ${promise}${milder}` };
}

const describeNeed = ({ gapCores, missesGap, missesWait, isThrottled }: Need): string =>
  [
    ...(missesGap ? [`misses ${gapCores.toFixed(2)} CPU of its reservation`] : []),
    ...(missesWait ? ['waits too long, under its reservation'] : []),
    ...(isThrottled ? ['is throttled while under it'] : []),
  ].join(', ');

/** The candidate, or in a few words why it is none. */
function consider(
  context: LadderContext,
  memory: LadderMemory,
  container: ContainerView,
  victim: VictimMemory,
  need: Need,
  rung: Rung,
  standing: Forecast,
): Candidate | string {
  const { tree, input, options, predict } = context;
  const isLower = victim.rungs.some((held) => rungs.indexOf(held) > rungs.indexOf(rung) && isApart(held));
  if (!options.enabled.includes(rung)) return 'not enabled';
  if (victim.rungs.includes(rung)) return 'stands already';
  if (isLower && isApart(rung)) return 'a stronger one stands';
  if (hasFailed(victim, rung, input.nowSeconds)) return 'did not help lately';
  const cause = causeAgainst(context, memory, container, need, rung);
  if (cause !== undefined) return cause;
  const quota = rung === 'quota' ? chosenQuota(context, container) : victim.quota;
  const next = { ...withRung(victim, rung), quota };
  const taken = { ...memory, victims: { ...memory.victims, [container.path]: next } };
  const stepped = rung === 'weights' ? stepSets(context, taken) : taken;
  const [now, then] = [compose(tree, memory, options), compose(tree, stepped, options)];
  if (then.refused.includes(container.path)) {
    return then.notes.get(container.path) ?? 'no room for it';
  }
  if (isSame(now.wanted, then.wanted)) return 'nothing to change';
  const tolerance = gapTarget(container, options.targets);
  const after = forecastFor(predict, tree.view, input.baseline, then.wanted);
  const effect = effectOf(container, need.gapCores, tolerance, tree.containers, standing, after);
  const harmed = effect.harmed.filter(
    (path) => memory.victims[path] !== undefined || isReserved(context, path),
  );
  if (harmed.length > 0) return `it would leave ${harmed.join(', ')} below its reservation`;
  return { rung, next, effect, suffices: suffices(rung, need, effect, tolerance) };
}

const isApart = (rung: Rung): boolean => rung === 'soft_pool' || rung === 'exclusive' || rung === 'partition';

const isReserved = ({ tree }: LadderContext, path: string): boolean =>
  (tree.containers.find((container) => container.path === path)?.reservedCores ?? 0) > 0;

/** Rungs that cannot help against what was measured. */
function causeAgainst(
  context: LadderContext,
  memory: LadderMemory,
  container: ContainerView,
  need: Need,
  rung: Rung,
): string | undefined {
  const { throttledCores = 0, gapCores = 0 } = memory.victims[container.path]?.smoothed ?? {};
  const byQuota = need.isThrottled || throttledCores > gapCores / 2;
  if (rung === 'quota') return byQuota ? undefined : 'no quota stops it';
  if (byQuota && throttledCores > gapCores / 2 && !need.missesWait)
    return 'a quota stops it, not a neighbour';
  if (rung !== 'weights') return undefined;
  const spare = context
    .competingSetsOf(container.path)
    .flatMap(({ members }) => members)
    .filter(({ group }) => !isOwn(container.path, group.path))
    .reduce((sum, { missingCores }) => sum + Math.max(0, -missingCores), 0);
  return spare > context.options.weights.deadBandCores
    ? undefined
    : 'no sibling has more than its reservation';
}

const isOwn = (path: string, group: string): boolean => path === group || path.startsWith(`${group}/`);

function chosenQuota({ tree }: LadderContext, container: ContainerView): VictimMemory['quota'] {
  return relieveQuota(tree, container).flatMap(({ path, cgroupId, setting, reason }) =>
    setting.knob === 'quota' || setting.knob === 'burst'
      ? [{ path, cgroupId: String(cgroupId), setting, reason }]
      : [],
  );
}

/**
 * A closed loop goes on until it has what it seeks, so its first step need not suffice; and burst is beyond a model of
 * averages. What the model does not see, measurement must judge.
 */
function suffices(rung: Rung, need: Need, effect: Effect, tolerance: number): boolean {
  if (rung === 'weights' || rung === 'quota') return true;
  if (need.missesGap) return !effect.seesGap || effect.gapAfter <= tolerance;
  return effect.waitFalls === undefined || effect.waitFalls >= 0.5;
}

function isSame(a: readonly WantedSetting[], b: readonly WantedSetting[]): boolean {
  const key = ({ path, setting }: WantedSetting): string => `${setting.knob} ${path}`;
  const byKey = new Map(a.map((each) => [key(each), each.setting]));
  return (
    a.length === b.length &&
    b.every((each) => {
      const other = byKey.get(key(each));
      return other !== undefined && sameSetting(other, each.setting);
    })
  );
}

/** Whether the gap is predicted to come back without the rung: the model saw the difference that it makes. */
export function isWantedBack(
  { options }: LadderContext,
  container: ContainerView,
  now: Forecast,
  without: Forecast,
): boolean {
  const lost = (now.receivedOf(container.path) ?? 0) - (without.receivedOf(container.path) ?? 0);
  const entitled = container.evidence?.entitledCores.estimate ?? 0;
  const gapAfter = entitled - (container.evidence?.receivedCores ?? 0) + lost;
  return lost > 0 && gapAfter > gapTarget(container, options.targets);
}

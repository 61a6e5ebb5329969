/** A view as the predictors of ledger/predict take it. The model is fitted when it is first asked, and once. */
import { effectiveShares } from '../../kernel/cpu-weight.ts';
import { predictEvents } from '../../ledger/predict/events.ts';
import { predictFluid } from '../../ledger/predict/fluid.ts';
import { modelOfObserved, withFavour, type ObservedModel } from '../../ledger/predict/observed-model.ts';
import type { ObservedContainer } from '../../ledger/predict/observed-threads.ts';
import type { ModelGroup, ModelHost, Prediction } from '../../ledger/predict/scheduler-model.ts';
import type { ContainerView, GroupView, NodeView } from '../observation/node-view.ts';
import type { Predictor } from './forecast.ts';
import { rootOf } from './node-tree.ts';

/** Shares in the long run: quick enough to be asked for every rung of every container. */
export const fluidPredictor: Predictor = predictorOf(fitView, predictFluid);

/** Every wake-up and slice, with waits: seconds of work for a large node. */
export const eventPredictor = (seed: number): Predictor =>
  predictorOf(fitView, (host) => predictEvents(host, { seed }));

/**
 * @param fit the threads that would show the demand that was observed
 * @param predict what they receive
 */
export function predictorOf(
  fit: (observed: NodeView) => ObservedModel,
  predict: (host: ModelHost) => Prediction,
): Predictor {
  return (observed) => {
    let fitted: ObservedModel | undefined;
    return (intended) => {
      fitted ??= fit(observed);
      return predict({ ...fitted.host, groups: withFavour(modelGroupsOf(intended), fitted.favours) });
    };
  };
}

/** The threads that stand for what was observed of a node, and how well they do. */
export function fitView(view: NodeView): ObservedModel {
  const { topology } = view;
  return modelOfObserved({
    cpus: topology.online,
    ...(topology.lastLevelCaches.length > 0 && {
      cacheDomains: topology.lastLevelCaches.map(({ cpus }) => cpus),
    }),
    groups: modelGroupsOf(view),
    containers: view.containers.flatMap(containerInput),
  });
}

function containerInput({ path, evidence }: ContainerView): readonly ObservedContainer[] {
  if (!evidence) return [];
  const { receivedCores, entitledCores, concurrency, threadCount, waitCores, gapInducedCores } = evidence;
  return [
    {
      path,
      receivedCores,
      entitledCores: entitledCores.estimate,
      ...(concurrency && { concurrency }),
      ...(threadCount !== undefined && { threadCount }),
      ...(gapInducedCores !== undefined && { inducedCores: gapInducedCores }),
      ...(waitCores !== undefined && { waitCores }),
    },
  ];
}

/** The managed root itself competes with what is not in the view, and is left out; strangers get a plain group. */
function modelGroupsOf(view: NodeView): readonly ModelGroup[] {
  const root = rootOf(view);
  const known = view.groups.filter(({ path }) => path !== root);
  const paths = new Set(known.map(({ path }) => path));
  const strangers = view.containers.filter(({ path, evidence }) => evidence && !paths.has(path));
  return [...known.map(modelGroup), ...strangers.map(({ path }): ModelGroup => ({ path, shares: 1024 }))];
}

function modelGroup({ path, weight, idle, quota, effectiveCpus }: GroupView): ModelGroup {
  return {
    path,
    shares: weight ? effectiveShares(weight) : 1024,
    ...(idle !== undefined && { idle }),
    ...(quota &&
      quota.quotaUsec !== 'max' && {
        quota: {
          quotaNs: quota.quotaUsec * 1000,
          periodNs: quota.periodUsec * 1000,
          ...(quota.burstUsec !== undefined && { burstNs: quota.burstUsec * 1000 }),
        },
      }),
    ...(effectiveCpus && { cpus: effectiveCpus }),
  };
}

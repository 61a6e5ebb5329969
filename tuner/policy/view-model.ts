/** A view as the predictors of ledger/predict take it. The model is fitted when it is first asked, and once. */
import { effectiveShares } from '../../kernel/cpu-weight.ts';
import type { CpuSet } from '../../kernel/cpu-set.ts';
import type { ModelGroup, ModelHost, Prediction } from '../../ledger/predict/scheduler-model.ts';
import type { ContainerView, GroupView, NodeView } from '../observation/node-view.ts';
import type { Predictor } from './forecast.ts';
import { rootOf } from './node-tree.ts';

/** What a model is fitted to. */
export interface ModelInput {
  readonly cpus: CpuSet;
  readonly cacheDomains?: readonly CpuSet[];
  readonly groups: readonly ModelGroup[];
  readonly containers: readonly ModelInputContainer[];
}

/** Per second of the observed window, so in CPUs. */
export interface ModelInputContainer {
  readonly path: string;
  readonly receivedCores: number;
  readonly entitledCores?: number;
  readonly concurrency?: readonly number[];
  readonly threadCount?: number;
  readonly waitCores?: number;
  /** Time for which threads slept because a sibling had to wait. */
  readonly inducedCores?: number;
}

/**
 * @param fit the threads that would show the demand that was observed, such as modelOfObserved
 * @param predict what they receive, such as predictFluid
 */
export function predictorOf(
  fit: (input: ModelInput) => { readonly host: ModelHost },
  predict: (host: ModelHost) => Prediction,
): Predictor {
  return (observed) => {
    let fitted: ModelHost | undefined;
    return (intended) => {
      fitted ??= fit(modelInputOf(observed)).host;
      return predict({ ...fitted, groups: modelGroupsOf(intended) });
    };
  };
}

export function modelInputOf(view: NodeView): ModelInput {
  const { topology } = view;
  return {
    cpus: topology.online,
    ...(topology.lastLevelCaches.length > 0 && {
      cacheDomains: topology.lastLevelCaches.map(({ cpus }) => cpus),
    }),
    groups: modelGroupsOf(view),
    containers: view.containers.flatMap(containerInput),
  };
}

function containerInput({ path, evidence }: ContainerView): readonly ModelInputContainer[] {
  if (!evidence) return [];
  const { receivedCores, entitledCores, concurrency, threadCount, waitOthersCores, causesCores } = evidence;
  const { gapInducedCores } = evidence;
  return [
    {
      path,
      receivedCores,
      entitledCores: entitledCores.estimate,
      ...(concurrency && { concurrency }),
      ...(threadCount !== undefined && { threadCount }),
      ...(gapInducedCores !== undefined && { inducedCores: gapInducedCores }),
      // A thread that a quota holds wants to run.
      ...(waitOthersCores !== undefined && { waitCores: waitOthersCores + causesCores.throttled }),
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

/** An experiment: one rung taken for one container, from the write to the judgement. Plain JSON but for the inode. */
import type { ContainerView, NodeView } from '../observation/node-view.ts';
import type { Targets } from '../policy/needs.ts';
import { rungs, type Decision, type Rung } from '../policy/policy.ts';
import { judge, type Judgement, type JudgedContainer } from './judge.ts';
import { containerReceipt, type Receipt } from './receipt.ts';
import { windowsBetween, type Series } from './series.ts';

export interface Experiment {
  readonly container: string;
  readonly cgroupId: bigint;
  readonly rung: Rung;
  readonly appliedAtSeconds: number;
  /** What the model says that it adds, CPUs, by container path. */
  readonly predictedChanges: Readonly<Record<string, number>>;
}

export interface Timing {
  /** After a write, before measuring counts: caches, load balancing and control loops settle. */
  readonly settleSeconds: number;
  /** The closed loop of weights takes several steps. */
  readonly settleWeightsSeconds: number;
  /** Length of what is compared, before and after. */
  readonly compareSeconds: number;
}

export const defaultTiming: Timing = { settleSeconds: 15, settleWeightsSeconds: 60, compareSeconds: 60 };

export function settledAt({ appliedAtSeconds, rung }: Experiment, timing: Timing): number {
  return appliedAtSeconds + (rung === 'weights' ? timing.settleWeightsSeconds : timing.settleSeconds);
}

export function judgedAt(experiment: Experiment, timing: Timing): number {
  return settledAt(experiment, timing) + timing.compareSeconds;
}

/** The rung that is new in this decision; the strongest, should there be several. */
export function newRemedy(
  before: ReadonlyMap<string, readonly Rung[]>,
  { remedies }: Decision<unknown>,
): { readonly container: string; readonly rung: Rung } | undefined {
  const found = [...remedies].flatMap(([container, held]) =>
    held
      .filter((rung) => before.get(container)?.includes(rung) !== true)
      .map((rung) => ({ container, rung })),
  );
  return found.toSorted((a, b) => rungs.indexOf(b.rung) - rungs.indexOf(a.rung))[0];
}

export interface Conclusion {
  readonly judgement: Judgement;
  readonly receipt: Receipt;
}

/** Undefined where the container is gone, or was made anew: there is nothing to judge. */
export function conclude(
  experiment: Experiment,
  series: Series,
  view: NodeView,
  nowSeconds: number,
  options: { readonly timing: Timing; readonly targets: Targets },
): Conclusion | undefined {
  const { timing, targets } = options;
  const { appliedAtSeconds: applied } = experiment;
  const judged = view.containers.map((container): JudgedContainer => ({
    container,
    before: windowsBetween(series, container.path, applied - timing.compareSeconds, applied),
    after: windowsBetween(series, container.path, settledAt(experiment, timing), nowSeconds),
  }));
  const isVictim = ({ path, cgroupId }: ContainerView): boolean =>
    path === experiment.container && cgroupId === experiment.cgroupId;
  const victim = judged.find(({ container }) => isVictim(container));
  if (!victim) return undefined;
  const neighbours = judged.filter((each) => each !== victim);
  const judgement = judge(victim, neighbours, targets, Math.round(applied));
  return {
    judgement,
    receipt: {
      container: experiment.container,
      name: victim.container.name,
      rung: experiment.rung,
      appliedAtSeconds: applied,
      judgedAtSeconds: nowSeconds,
      wallTimeMs: view.wallTimeMs,
      ...judgement,
      containers: judged
        .filter(({ before, after }) => before.length > 0 || after.length > 0)
        .map(({ container, before, after }) =>
          containerReceipt(container, before, after, experiment.predictedChanges[container.path]),
        ),
    },
  };
}

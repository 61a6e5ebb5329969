/** Counts what the tuner did since it started, for its metrics. Pure. */
import type { TunerStatus } from '../../host/tuner-status.ts';
import type { Receipt } from '../experiment/receipt.ts';
import type { LoopStep } from '../loop.ts';

export interface Tally {
  /** Counts by `rung result`. */
  readonly actions: ReadonlyMap<string, number>;
  readonly drifts: ReadonlyMap<string, number>;
  readonly predictions: TunerStatus['predictions'];
  readonly tuned: ReadonlyMap<string, number>;
}

export const emptyTally: Tally = {
  actions: new Map(),
  drifts: new Map(),
  predictions: { count: 0, errorCores: 0 },
  tuned: new Map(),
};

/** @param actors who changed a value back, one for each drift of the step */
export function addStep(tally: Tally, step: LoopStep<unknown>, actors: readonly string[]): Tally {
  const written = step.action === 'apply' ? step.plan.writes : [];
  const happened = [
    ...written.map(({ rung }) => `${rung} written`),
    ...step.receipts.map(({ rung, result }) => `${rung} ${result}`),
  ];
  const { decision } = step;
  return {
    actions: counted(tally.actions, happened),
    drifts: counted(tally.drifts, actors),
    predictions: step.receipts.reduce(addErrors, tally.predictions),
    tuned: decision ? counted(new Map(), [...decision.remedies.values()].flat()) : tally.tuned,
  };
}

function counted(before: ReadonlyMap<string, number>, keys: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map(before);
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function addErrors(sum: Tally['predictions'], { containers }: Receipt): Tally['predictions'] {
  const errors = containers.flatMap(({ predictedReceivedCores, after }) =>
    predictedReceivedCores === undefined || after.windows === 0
      ? []
      : [Math.abs(after.receivedCores - predictedReceivedCores)],
  );
  return {
    count: sum.count + errors.length,
    errorCores: sum.errorCores + errors.reduce((total, error) => total + error, 0),
  };
}

export function statusOf(
  tally: Tally,
  facts: Pick<TunerStatus, 'wallTimeMs' | 'isApplying' | 'policy'>,
): TunerStatus {
  return {
    formatVersion: 1,
    ...facts,
    actions: [...tally.actions].map(([key, count]) => {
      const [rung = '', result = ''] = key.split(' ');
      return { rung, result, count };
    }),
    drifts: [...tally.drifts].map(([actor, count]) => ({ actor, count })),
    predictions: tally.predictions,
    tuned: [...tally.tuned].map(([rung, containers]) => ({ rung, containers })),
  };
}

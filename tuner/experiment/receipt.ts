/** A receipt: what a change was predicted to do, and what was measured after it, container by container. Plain JSON. */
import type { ContainerView } from '../observation/node-view.ts';
import type { Forecast } from '../policy/forecast.ts';
import type { Rung } from '../policy/policy.ts';
import { meanOf } from './bootstrap.ts';
import type { Judgement } from './judge.ts';
import type { MeasuredWindow } from './series.ts';

export interface Receipt {
  readonly container: string;
  readonly name: string;
  readonly rung: Rung;
  /** Monotonic seconds. */
  readonly appliedAtSeconds: number;
  readonly judgedAtSeconds: number;
  /** Wall clock when it was judged, milliseconds since the epoch. */
  readonly wallTimeMs: number;
  readonly result: Judgement['result'] | 'given_up';
  readonly reason: string;
  /** Everybody that was observed before and after, in path order. */
  readonly containers: readonly ContainerReceipt[];
}

/** CPUs. `predicted` is the measured value before, and what the model says that the change adds. */
export interface ContainerReceipt {
  readonly path: string;
  readonly name: string;
  readonly reservedCores?: number;
  readonly before: Measured;
  readonly after: Measured;
  readonly predictedReceivedCores?: number;
}

export interface Measured {
  readonly windows: number;
  readonly receivedCores: number;
  readonly entitledCores: number;
  readonly gapCores: number;
  readonly waitP99Seconds?: number;
}

export function containerReceipt(
  container: ContainerView,
  before: readonly MeasuredWindow[],
  after: readonly MeasuredWindow[],
  predictedChangeCores: number | undefined,
): ContainerReceipt {
  const measured = measuredOf(before);
  return {
    path: container.path,
    name: container.name,
    ...(container.reservedCores !== undefined && { reservedCores: container.reservedCores }),
    before: measured,
    after: measuredOf(after),
    ...(predictedChangeCores !== undefined && {
      predictedReceivedCores: Math.max(0, measured.receivedCores + predictedChangeCores),
    }),
  };
}

/** By container path; those that the model does not know are left out. */
export function predictedChanges(
  containers: readonly ContainerView[],
  before: Forecast,
  after: Forecast,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    containers.flatMap(({ path }) => {
      const [was, will] = [before.receivedOf(path), after.receivedOf(path)];
      return was === undefined || will === undefined ? [] : [[path, will - was]];
    }),
  );
}

function measuredOf(windows: readonly MeasuredWindow[]): Measured {
  const mean = (term: (window: MeasuredWindow) => number): number => meanOf(windows.map(term));
  const waits = windows.flatMap(({ waitP99Seconds }) => waitP99Seconds ?? []);
  return {
    windows: windows.length,
    receivedCores: mean(({ receivedCores }) => receivedCores),
    entitledCores: mean(({ entitledCores }) => entitledCores),
    gapCores: mean(({ gapCores }) => gapCores),
    ...(waits.length > 0 && { waitP99Seconds: meanOf(waits) }),
  };
}

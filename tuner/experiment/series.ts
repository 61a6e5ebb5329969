/** What was measured of each container, window after window: what an experiment is judged by. Plain JSON. */
import type { ContainerView, NodeView } from '../observation/node-view.ts';
import { addressableGap } from '../policy/needs.ts';

export interface MeasuredWindow {
  readonly atSeconds: number;
  readonly receivedCores: number;
  readonly entitledCores: number;
  /** What it misses for reasons that the tuner can change. */
  readonly gapCores: number;
  readonly waitP99Seconds?: number;
}

/** By container path, oldest first. */
export type Series = Readonly<Record<string, readonly MeasuredWindow[]>>;

/** Appends the view's windows and drops those from before `fromSeconds`, and containers that are gone. */
export function appendView(series: Series, view: NodeView, nowSeconds: number, fromSeconds: number): Series {
  return Object.fromEntries(
    view.containers.flatMap((container): [string, readonly MeasuredWindow[]][] => {
      const window = measuredOf(container, nowSeconds);
      const kept = (series[container.path] ?? []).filter(({ atSeconds }) => atSeconds >= fromSeconds);
      return window ? [[container.path, [...kept, window]]] : kept.length > 0 ? [[container.path, kept]] : [];
    }),
  );
}

function measuredOf({ evidence }: ContainerView, atSeconds: number): MeasuredWindow | undefined {
  return (
    evidence && {
      atSeconds,
      receivedCores: evidence.receivedCores,
      entitledCores: evidence.entitledCores.estimate,
      gapCores: addressableGap(evidence),
      ...(evidence.waitP99Seconds !== undefined && { waitP99Seconds: evidence.waitP99Seconds }),
    }
  );
}

/** Windows that ended after `from` and not after `to`. */
export function windowsBetween(
  series: Series,
  path: string,
  from: number,
  to: number,
): readonly MeasuredWindow[] {
  return (series[path] ?? []).filter(({ atSeconds }) => atSeconds > from && atSeconds <= to);
}

/** What the page draws with uPlot. Pure. */
import type { ScenarioResult } from '../run/result.ts';
import { gapCauses } from '../../ledger/ledger.ts';
import { merge, percentileNs, type SparseHistogram } from '../statistics/histogram.ts';
import { chooseTrials, type CellSummary } from './summary.ts';

export interface Curves {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly yLog: boolean;
  /** Labels of the x values where these are not the numbers themselves. */
  readonly xTicks?: readonly (readonly [at: number, label: string])[];
  /** A value of one series for each x; null where it has none. */
  readonly x: readonly number[];
  readonly series: readonly { readonly name: string; readonly y: readonly (number | null)[] }[];
}

/** p99 over the rate, a line per arm; undefined unless rates were swept. */
export function throughputLatency(cells: readonly CellSummary[]): Curves | undefined {
  const x = [...new Set(cells.flatMap(({ ratePerSecond }) => ratePerSecond ?? []))].toSorted((a, b) => a - b);
  if (x.length < 2) return undefined;
  const arms = [...new Set(cells.map(({ arm }) => arm))];
  const valueAt = (arm: string, rate: number): number | null =>
    cells.find((cell) => cell.arm === arm && cell.ratePerSecond === rate)?.latency?.p99 ?? null;
  return {
    title: 'p99 over requests per second',
    xLabel: 'requests/s',
    yLabel: 'ms',
    yLog: true,
    x,
    series: arms.map((name) => ({ name, y: x.map((rate) => inMs(valueAt(name, rate))) })),
  };
}

const inMs = (seconds: number | null): number | null => (seconds === null ? null : seconds * 1e3);

const shownQuantiles = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999] as const;
const labelled = [0.5, 0.9, 0.99, 0.999] as const;
/** Each ninth of the rest as long as the one before, as latency is looked at. */
const depth = (quantile: number): number => -Math.log10(1 - quantile);

/** Latency over the part of requests that were faster, of all counted trials of each arm together. */
export function percentileCurves(scenario: ScenarioResult): Curves | undefined {
  const rate = scenario.trials.at(0)?.ratePerSecond;
  const series = scenario.arms.flatMap(({ name }) => {
    const all = scenario.trials.filter(
      (trial) => trial.arm === name && !trial.discarded && trial.ratePerSecond === rate,
    );
    const histograms = chooseTrials(all).trials.flatMap(({ victim }) =>
      victim.latency ? [victim.latency] : [],
    );
    return histograms.length === 0 ? [] : [{ name, y: quantilesMs(merge(histograms)) }];
  });
  if (series.length === 0) return undefined;
  return {
    title: 'latency by percentile',
    xLabel: '',
    yLabel: 'ms',
    yLog: true,
    xTicks: labelled.map((quantile) => [depth(quantile), `p${quantile * 100}`]),
    x: shownQuantiles.map(depth),
    series,
  };
}

function quantilesMs(histogram: SparseHistogram): readonly (number | null)[] {
  return shownQuantiles.map((quantile) => (percentileNs(histogram, quantile) ?? 0) / 1e6);
}

/** The victim's gap over the time of a window: the first trial of each arm that counts. */
export function gapOverTime(scenario: ScenarioResult): Curves | undefined {
  const shown = scenario.arms.flatMap(({ name }) => {
    const all = scenario.trials.filter(({ arm, discarded }) => arm === name && !discarded);
    const [trial] = chooseTrials(all).trials;
    return trial ? [{ name, moments: trial.gapSeries }] : [];
  });
  const length = Math.max(0, ...shown.map(({ moments }) => moments.length));
  if (length < 2) return undefined;
  return {
    title: "the victim's gap, second by second, in the first trial of each arm",
    xLabel: 's',
    yLabel: 'CPUs',
    yLog: false,
    x: Array.from({ length }, (_, index) => index + 1),
    series: shown.map(({ name, moments }) => ({
      name,
      y: Array.from({ length }, (_, index) => {
        const causes = moments[index]?.causes;
        return causes ? gapCauses.reduce((sum, cause) => sum + causes[cause], 0) : null;
      }),
    })),
  };
}

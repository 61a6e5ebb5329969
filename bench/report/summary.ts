/** From trials to what a report says, per arm and rate. Pure. */
import { gapCauses, type GapCauses } from '../../ledger/ledger.ts';
import type { PodMeasure, ScenarioResult, Trial } from '../run/result.ts';
import { bootstrapInterval, type Interval } from '../statistics/bootstrap.ts';
import { isVoid } from '../statistics/disturbance.ts';
import { merge, percentileNs } from '../statistics/histogram.ts';
import { minimumDetectableFactor, pairedRatio, pairedRatios, type ByBlock } from '../statistics/paired.ts';
import { median } from '../statistics/quantile.ts';
import { betterBy, outcomeOf } from './outcome.ts';

export interface CellSummary {
  readonly arm: string;
  readonly ratePerSecond?: number;
  /** Blocks that the numbers rest on. */
  readonly blocks: number;
  /** Trials that were disturbed, and those that were void as the generator or the runner was late. */
  readonly disturbed: number;
  readonly void: number;
  /** `clean`: undisturbed trials alone; `all`: there were not two of them, so the disturbed ones are in it. */
  readonly basis: 'clean' | 'all';
  /** Seconds of p99, or work per second: the median of the trials. */
  readonly outcome?: Interval;
  /** Of all its trials together, seconds. */
  readonly latency?: PooledLatency;
  /** How many times better than the arm `stock` in the same block; above 1 is better. */
  readonly overStock?: Interval;
  /** How many times as good as alone; 1 is as good. */
  readonly ofSolo?: Interval;
  /** A change below this factor would not have shown; undefined with fewer than three pairs. */
  readonly detectableFactor?: number;
  readonly victim: PodSummary;
  /** Absent in solo. */
  readonly neighbours?: NeighbourSummary;
  readonly stealCores: number;
  readonly foreignCores: number;
  readonly latenessP99Ns?: number;
}

export interface PooledLatency {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
}

/** Medians of the trials, in CPUs. */
export interface PodSummary {
  readonly source: PodMeasure['source'];
  readonly receivedCores: number;
  readonly gapCores: number;
  readonly causes: GapCauses;
  readonly phantomCores: number;
  readonly perSecond?: Interval;
}

export interface NeighbourSummary {
  readonly receivedCores: number;
  /** Their work per second, as a part of that under `stock`, and under `dedicated`, in the same block. */
  readonly ofStock?: Interval;
  readonly ofDedicated?: Interval;
}

export function summarise(scenario: ScenarioResult): readonly CellSummary[] {
  const rates = [...new Set(scenario.trials.map(({ ratePerSecond }) => ratePerSecond))].toSorted(
    (a = 0, b = 0) => a - b,
  );
  return rates.flatMap((rate) => {
    const cells = scenario.arms.flatMap(({ name }) => {
      const all = scenario.trials.filter(
        ({ arm, ratePerSecond, discarded }) => arm === name && ratePerSecond === rate && !discarded,
      );
      return all.length === 0 ? [] : [{ name, all, chosen: chooseTrials(all) }];
    });
    const chosenOf = (arm: string): readonly Trial[] =>
      cells.find(({ name }) => name === arm)?.chosen.trials ?? [];
    return cells
      .filter(({ chosen }) => chosen.trials.length > 0)
      .map(({ name, all, chosen }) => summariseCell(scenario, name, all, chosen, chosenOf));
  });
}

const isClean = ({ disturbances }: Trial): boolean => disturbances.length === 0;

export interface Chosen {
  readonly trials: readonly Trial[];
  readonly basis: CellSummary['basis'];
}

/** The trials that count of one arm at one rate. One per block: an undisturbed one where there is one. Never a void one. */
export function chooseTrials(all: readonly Trial[]): Chosen {
  const clean = lastOfEachBlock(all.filter(isClean));
  if (clean.length >= 2) return { trials: clean, basis: 'clean' };
  const usable = all.filter(({ disturbances }) => !isVoid(disturbances));
  const best = [...lastOfEachBlock(usable), ...clean];
  return { trials: lastOfEachBlock(best), basis: usable.every(isClean) ? 'clean' : 'all' };
}

function lastOfEachBlock(trials: readonly Trial[]): readonly Trial[] {
  return [...new Map(trials.map((trial) => [trial.block, trial])).values()];
}

function byBlock(trials: readonly Trial[], value: (trial: Trial) => number | undefined): ByBlock {
  return new Map(
    trials.flatMap((trial) => {
      const each = value(trial);
      return each === undefined ? [] : [[trial.block, each] as const];
    }),
  );
}

function summariseCell(
  { outcome }: ScenarioResult,
  arm: string,
  all: readonly Trial[],
  { trials, basis }: Chosen,
  chosenOf: (arm: string) => readonly Trial[],
): CellSummary {
  const outcomeByBlock = (of: readonly Trial[]): ByBlock => byBlock(of, (trial) => outcomeOf(trial, outcome));
  const own = outcomeByBlock(trials);
  const against = (other: string): readonly [ByBlock, ByBlock] => {
    const theirs = outcomeByBlock(chosenOf(other));
    return outcome.kind === 'rate' ? [own, theirs] : [theirs, own];
  };
  const interval = bootstrapInterval([...own.values()], median);
  const overStock = arm === 'stock' ? undefined : pairedRatio(...against('stock'));
  const ofSolo = arm === 'solo' ? undefined : pairedRatio(...against('solo'));
  const detectable = minimumDetectableFactor(pairedRatios(...against('stock')));
  const pooled = poolLatency(trials);
  const neighbours = summariseNeighbours(trials, chosenOf);
  const rate = all[0]?.ratePerSecond;
  const lateness = trials.flatMap(({ generator }) => generator?.latenessP99Ns ?? []);
  return {
    arm,
    ...(rate !== undefined && { ratePerSecond: rate }),
    blocks: trials.length,
    disturbed: all.filter((trial) => !isClean(trial) && !isVoid(trial.disturbances)).length,
    void: all.filter(({ disturbances }) => isVoid(disturbances)).length,
    basis,
    ...(interval && { outcome: interval }),
    ...(pooled && { latency: pooled }),
    ...(overStock && { overStock }),
    ...(ofSolo && { ofSolo }),
    ...(arm !== 'stock' && detectable !== undefined && { detectableFactor: detectable }),
    victim: summarisePod(trials.map(({ victim }) => victim)),
    ...(neighbours && { neighbours }),
    stealCores: median(trials.map(({ host }) => host.stealCores)),
    foreignCores: median(trials.map(({ host }) => host.foreignCores)),
    ...(lateness.length > 0 && { latenessP99Ns: median(lateness) }),
  };
}

function summarisePod(measures: readonly PodMeasure[]): PodSummary {
  const middle = (value: (measure: PodMeasure) => number): number => median(measures.map(value));
  const perSecond = bootstrapInterval(
    measures.flatMap((measure) => measure.perSecond ?? []),
    median,
  );
  const causes = gapCauses.map((cause) => [cause, middle((measure) => measure.causes[cause])] as const);
  return {
    source: measures[0]?.source ?? 'portable',
    receivedCores: middle(({ receivedCores }) => receivedCores),
    gapCores: middle(({ gapCores }) => gapCores),
    causes: Object.fromEntries(causes) as unknown as GapCauses,
    phantomCores: middle(({ phantomCores }) => phantomCores),
    ...(perSecond && { perSecond }),
  };
}

/** Work of all neighbours together; undefined where one of them was not counted, or nobody was started. */
function workOfNeighbours({ neighbours }: Trial): number | undefined {
  const work = neighbours.flatMap(({ perSecond }) => perSecond ?? []);
  return work.length === 0 || work.length < neighbours.length ? undefined : work.reduce((a, b) => a + b, 0);
}

function summariseNeighbours(
  trials: readonly Trial[],
  chosenOf: (arm: string) => readonly Trial[],
): NeighbourSummary | undefined {
  const own = byBlock(trials, workOfNeighbours);
  if (own.size === 0) return undefined;
  const of = (arm: string): Interval | undefined =>
    pairedRatio(own, byBlock(chosenOf(arm), workOfNeighbours));
  const [ofStock, ofDedicated] = [of('stock'), of('dedicated')];
  const received = trials.map(({ neighbours }) =>
    neighbours.reduce((sum, { receivedCores }) => sum + receivedCores, 0),
  );
  return {
    receivedCores: median(received),
    ...(ofStock && { ofStock }),
    ...(ofDedicated && { ofDedicated }),
  };
}

function poolLatency(trials: readonly Trial[]): PooledLatency | undefined {
  const all = merge(trials.flatMap(({ victim }) => (victim.latency ? [victim.latency] : [])));
  const at = (q: number): number => (percentileNs(all, q) ?? 0) / 1e9;
  return all.length === 0 ? undefined : { p50: at(0.5), p95: at(0.95), p99: at(0.99), p999: at(0.999) };
}

/** The factor by which a median of outcomes is better than another's; for two runs, which have no blocks in common. */
export function betterThan(scenario: ScenarioResult, now: number, then: number): number {
  return betterBy(now / then, scenario.outcome);
}

/**
 * Behind whom containers waited, as counters of few series: the pairs of victim and offender with the most waiting lately
 * have series of their own, at most `--max-offender-pairs` of them, and the rest is one. Pure. Every second waited behind
 * others is in exactly one series, so their sum is right whoever has one.
 */
import type { ContainerLedger, HostLedger, Offender } from '../../ledger/ledger.ts';
import { labelsKey, type SeriesLabels } from './series-labels.ts';

export interface OffenderPair {
  readonly victim: SeriesLabels;
  readonly offender: SeriesLabels;
  /** Thread-seconds, cumulative since the pair has its own series. */
  readonly waitSeconds: number;
}

interface RankedPair extends OffenderPair {
  /** Seconds waited per second lately; halves in a minute of quiet. */
  readonly recentCores: number;
  /** `Totals.seconds` when it last grew. */
  readonly lastSeconds: number;
}

export interface OffenderTotals {
  /** By the labels of both. */
  readonly own: ReadonlyMap<string, RankedPair>;
  /** Pairs without a series, with what they waited lately: who is in line. */
  readonly others: ReadonlyMap<string, number>;
  /** Everything behind pairs without a series; absent before the first window that could tell. */
  readonly restSeconds: number | undefined;
}

export const noOffenders: OffenderTotals = { own: new Map(), others: new Map(), restSeconds: undefined };

const halfLifeSeconds = 60;
/** A pair takes another's series only with this many times its waiting, so that two of a kind do not take turns. */
const advantage = 2;
/** A series that has not grown for so long is given up. */
const quietSeconds = 600;
/** Less than a millisecond of waiting per second, lately, is not worth a series. */
const leastCores = 0.001;

const nameless = (container: string): SeriesLabels => ({ namespace: undefined, pod: undefined, container });
/** Cgroups that are no container: host processes, services for which nobody reserved anything. */
export const systemLabels = nameless('_system');
/** Both ends of the series that holds the rest. */
export const otherLabels = nameless('_other');

interface WindowPair {
  readonly victim: SeriesLabels;
  readonly offender: SeriesLabels;
  seconds: number;
}

/**
 * The totals after one more window.
 * @param labelsOf the labels of a container's series, by path
 */
export function accumulateOffenders(
  totals: OffenderTotals,
  ledger: HostLedger,
  seconds: number,
  labelsOf: (path: string) => SeriesLabels,
  maxPairs: number,
): OffenderTotals {
  const exact = ledger.containers.filter(({ offenders }) => offenders !== undefined);
  if (maxPairs === 0 || (exact.length === 0 && totals.restSeconds === undefined)) return totals;
  const { pairs, beyond } = pairsOf(exact, labelsOf);
  const decay = 0.5 ** (ledger.windowSeconds / halfLifeSeconds);
  const recent = (before: number, waited: number): number =>
    before * decay + (waited / Math.max(ledger.windowSeconds, 1e-9)) * (1 - decay);
  const own = new Map<string, RankedPair>();
  for (const [key, pair] of totals.own) {
    const waited = pairs.get(key)?.seconds ?? 0;
    const lastSeconds = waited > 0 ? seconds : pair.lastSeconds;
    if (seconds - lastSeconds > quietSeconds) continue;
    const waitSeconds = pair.waitSeconds + waited;
    own.set(key, { ...pair, waitSeconds, lastSeconds, recentCores: recent(pair.recentCores, waited) });
  }
  let rest = beyond;
  const others = new Map<string, number>();
  for (const [key, { seconds: waited }] of pairs) {
    if (own.has(key)) continue;
    rest += waited;
    others.set(key, recent(totals.others.get(key) ?? 0, waited));
  }
  admit(own, others, pairs, seconds, maxPairs);
  return { own, others, restSeconds: (totals.restSeconds ?? 0) + rest };
}

/** Gives series to those next in line: their counters begin at 0 with the next window. */
function admit(
  own: Map<string, RankedPair>,
  others: Map<string, number>,
  pairs: ReadonlyMap<string, WindowPair>,
  seconds: number,
  maxPairs: number,
): void {
  const inLine = [...others].filter(([, cores]) => cores >= leastCores).sort((a, b) => b[1] - a[1]);
  const weakest = [...own].sort(([, a], [, b]) => a.recentCores - b.recentCores);
  for (const [key, recentCores] of inLine.slice(0, maxPairs)) {
    const pair = pairs.get(key);
    if (!pair) continue;
    if (own.size >= maxPairs) {
      const [last] = weakest;
      if (!last || recentCores < advantage * last[1].recentCores) return;
      weakest.shift();
      own.delete(last[0]);
    }
    const { victim, offender } = pair;
    own.set(key, { victim, offender, waitSeconds: 0, recentCores, lastSeconds: seconds });
    others.delete(key);
  }
}

/** What was waited in the window by pair of labels, and behind those that the ledgers do not name one by one. */
function pairsOf(
  containers: readonly ContainerLedger[],
  labelsOf: (path: string) => SeriesLabels,
): { readonly pairs: ReadonlyMap<string, WindowPair>; readonly beyond: number } {
  const pairs = new Map<string, WindowPair>();
  let beyond = 0;
  for (const { path, offenders = [], offendersRestSeconds = 0 } of containers) {
    beyond += offendersRestSeconds;
    if (offenders.length === 0) continue;
    const victim = labelsOf(path);
    for (const { path: by, waitSeconds } of offenders) addPair(pairs, victim, by, waitSeconds, labelsOf);
  }
  return { pairs, beyond };
}

function addPair(
  pairs: Map<string, WindowPair>,
  victim: SeriesLabels,
  by: Offender['path'],
  waitSeconds: number,
  labelsOf: (path: string) => SeriesLabels,
): void {
  const offender = by === undefined ? systemLabels : labelsOf(by);
  const key = `${labelsKey(victim)}\n${labelsKey(offender)}`;
  const pair = pairs.get(key);
  if (pair) pair.seconds += waitSeconds;
  else pairs.set(key, { victim, offender, seconds: waitSeconds });
}

/** The series: pairs of their own, and one for the rest; none where no window could tell. */
export function offenderPairs({ own, restSeconds }: OffenderTotals): readonly OffenderPair[] {
  if (restSeconds === undefined) return [];
  return [...own.values(), { victim: otherLabels, offender: otherLabels, waitSeconds: restSeconds }];
}

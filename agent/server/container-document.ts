/**
 * The JSON of one container: its ledger of the latest window and its totals. Field names are a promise to other
 * programs: camelCase with the unit at the end. What is unknown, or means nothing without a reservation, is left out.
 */
import type { ContainerLedger, GapWhereabouts } from '../../ledger/ledger.ts';
import { plainCounterNames, sourcedCounterNames, type Counters } from '../sampling/counters.ts';
import type { SeriesLabels } from '../sampling/series-labels.ts';
import { arrayOf, boolean, integer, number, objectOf, string, type JsonSchema } from './json-schema.ts';

const bounded = objectOf({ estimate: number, low: number, high: number });

/** Counters count seconds unless their name says that they count something else. */
const totalName = (name: string): string => (name.endsWith('Count') ? name : `${name}Seconds`);

const namedNumbers = (names: readonly string[]): Record<string, JsonSchema> =>
  Object.fromEntries(names.map((name) => [`${totalName(name)}?`, number]));

export const containerSchema: JsonSchema = objectOf({
  path: string,
  cgroupId: string,
  kind: string,
  name: string,
  'namespace?': string,
  'pod?': string,
  'container?': string,
  'podUid?': string,
  'containerId?': string,
  'runtime?': string,
  'qosClass?': string,
  'labels?': objectOf({ 'namespace?': string, 'pod?': string, container: string }),
  'reservedCores?': number,
  'reservationSource?': string,
  source: string,
  windowSeconds: number,
  'receivedSeconds?': number,
  'entitledSeconds?': bounded,
  'gapSeconds?': bounded,
  'gapInducedSeconds?': number,
  'gapCausesSeconds?': objectOf({
    throttled: number,
    runqueueSharing: number,
    self: number,
    system: number,
    steal: number,
    unexplained: number,
  }),
  'phantomSeconds?': number,
  'phantomConcurrentSeconds?': number,
  'phantomDeferredSeconds?': number,
  'takenSeconds?': number,
  'unclaimedSeconds?': number,
  'borrowedSeconds?': number,
  'waitingSeconds?': objectOf({
    others: number,
    self: number,
    system: number,
    steal: number,
    throttled: number,
    'idle?': number,
  }),
  'waitPerTimesliceSeconds?': number,
  'waitLatency?': objectOf({ count: number, p50Seconds: number, p99Seconds: number }),
  'offenders?': arrayOf(
    objectOf({ cgroupId: string, 'path?': string, 'name?': string, waitSeconds: number, share: number }),
  ),
  'offendersRestSeconds?': number,
  'periodSeconds?': number,
  'concurrencySeconds?': arrayOf(number),
  'throttling?': objectOf({
    periods: integer,
    throttledPeriods: integer,
    throttledSeconds: number,
    'burstSeconds?': number,
    'byPath?': string,
    harmful: boolean,
  }),
  'pressureWaitingSeconds?': number,
  'pressureStalledSeconds?': number,
  settings: objectOf({
    'weight?': objectOf({ kind: string, 'weight?': integer, 'shares?': integer }),
    'idle?': boolean,
    'quota?': objectOf({
      quotaUsec: { type: ['integer', 'string'] },
      periodUsec: integer,
      'burstUsec?': integer,
    }),
    'quotaCores?': number,
    'allowedCpuCount?': integer,
    'allowedCpus?': string,
  }),
  'threadCount?': integer,
  quality: arrayOf(string),
  verdict: objectOf({ kind: string, sentence: string }),
  'totals?': objectOf({
    ...namedNumbers(plainCounterNames),
    'portable?': objectOf(namedNumbers(sourcedCounterNames)),
    'exact?': objectOf(namedNumbers(sourcedCounterNames)),
  }),
});

/** The series of a container; absent when it has none of its own. */
export interface OwnSeries {
  readonly labels: SeriesLabels;
  readonly counters: Counters;
}

export function containerDocument(ledger: ContainerLedger, series: OwnSeries | undefined): object {
  return {
    path: ledger.path,
    cgroupId: String(ledger.cgroupId),
    ...ledger.identity,
    labels: series?.labels,
    source: ledger.source,
    windowSeconds: ledger.windowSeconds,
    receivedSeconds: ledger.quality.includes('no_usage') ? undefined : ledger.received,
    ...(ledger.reservation && reservationFields(ledger)),
    waitingSeconds: ledger.waiting,
    waitPerTimesliceSeconds: ledger.waitPerTimesliceSeconds,
    waitLatency: ledger.latency,
    offenders: offenderFields(ledger),
    offendersRestSeconds: ledger.offendersRestSeconds,
    periodSeconds: ledger.periodSeconds,
    concurrencySeconds: ledger.concurrency,
    throttling: ledger.throttling,
    pressureWaitingSeconds: ledger.pressureWaiting,
    pressureStalledSeconds: ledger.pressureStalled,
    settings: ledger.settings,
    threadCount: ledger.threadCount,
    quality: ledger.quality,
    verdict: ledger.verdict,
    totals: series && totalFields(series.counters),
  };
}

function reservationFields(ledger: ContainerLedger): object {
  const { runqueue_sharing: runqueueSharing, ...causes } = ledger.causes;
  const where: Partial<GapWhereabouts> = ledger.quality.includes('no_cpu_times') ? {} : ledger.whereabouts;
  const { phantom, taken, phantomConcurrent, phantomDeferred } = where;
  return {
    reservedCores: ledger.reservation?.cores,
    reservationSource: ledger.reservation?.source,
    entitledSeconds: ledger.entitled,
    gapSeconds: ledger.gap,
    gapInducedSeconds: ledger.gapInduced,
    gapCausesSeconds: { ...causes, runqueueSharing },
    phantomSeconds: phantom,
    phantomConcurrentSeconds: phantomConcurrent,
    phantomDeferredSeconds: phantomDeferred,
    takenSeconds: taken,
    unclaimedSeconds: ledger.unclaimed,
    borrowedSeconds: ledger.borrowed,
  };
}

/** Shares are of all waiting behind other cgroups. */
function offenderFields({
  offenders,
  offendersRestSeconds = 0,
}: ContainerLedger): readonly object[] | undefined {
  const total = (offenders ?? []).reduce((sum, { waitSeconds }) => sum + waitSeconds, offendersRestSeconds);
  return offenders?.map((offender) => ({
    ...offender,
    cgroupId: String(offender.cgroupId),
    share: offender.waitSeconds / total,
  }));
}

function totalFields(counters: Counters): object {
  const { portable, exact } = counters.bySource;
  const named = <Name extends string>(
    names: readonly Name[],
    values: Readonly<Record<Name, number | undefined>> | undefined,
  ): object | undefined => values && Object.fromEntries(names.map((name) => [totalName(name), values[name]]));
  return {
    ...named(plainCounterNames, counters),
    portable: named(sourcedCounterNames, portable),
    exact: named(sourcedCounterNames, exact),
  };
}

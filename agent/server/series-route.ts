/** GET /api/v1/series: the recent past of one container out of the history in memory. */
import {
  historyFields,
  type HistoryContainer,
  type HistoryField,
  type HistoryPoint,
} from '../sampling/history.ts';
import { labelsKey } from '../sampling/series-labels.ts';
import { arrayOf, number, objectOf, string } from './json-schema.ts';
import { ok, refusal, type Answer, type Route } from './route.ts';

interface SeriesQuery {
  readonly container: string;
  readonly namespace?: string;
  readonly pod?: string;
  readonly from?: number;
  readonly to?: number;
  readonly step?: number;
}

const name = { type: 'string', maxLength: 512 } as const;
const time = { type: 'number', minimum: 0, maximum: 1e11 } as const;
const values = arrayOf({ type: ['number', 'null'] });
const unitOf = (field: HistoryField): string => (field === 'waitP99' ? 'Seconds' : 'Cores');
const columnName = (field: HistoryField): string => `${field}${unitOf(field)}`;
const valuesByField = objectOf(Object.fromEntries(historyFields.map((field) => [columnName(field), values])));

export const seriesRoute: Route<SeriesQuery> = {
  path: '/api/v1/series',
  summary:
    'the recent past of one container: ?container=NAME or PATH, &namespace=, &pod=, &from= and &to= in seconds since the epoch, &step= in seconds',
  query: objectOf({
    container: { type: 'string', minLength: 1, maxLength: 4096 },
    'namespace?': name,
    'pod?': name,
    'from?': time,
    'to?': time,
    'step?': { type: 'number', minimum: 0, maximum: 1e6 },
  }),
  schema: objectOf({
    labels: objectOf({ 'namespace?': string, 'pod?': string, container: string }),
    paths: arrayOf(string),
    slotSeconds: number,
    endTimesMs: arrayOf(number),
    windowSeconds: arrayOf(number),
    sources: arrayOf(string),
    mean: valuesByField,
    max: valuesByField,
  }),
  answer: (view, query) => {
    const history = view.history();
    const found = findSeries(history.containers(), query);
    const [first, ...others] = new Map(found.map((c) => [labelsKey(c.labels), c])).values();
    if (!first) return refusal(404, 'no_such_container', `No container ${query.container} in the history.`);
    if (others.length > 0) return ambiguous(query, [first, ...others]);
    const range = {
      fromMs: (query.from ?? 0) * 1000,
      toMs: query.to === undefined ? Infinity : query.to * 1000,
      stepSeconds: query.step ?? 0,
    };
    // A container that was re-created is one series of several rings.
    const points = found
      .flatMap((container) => history.query(container, range))
      .sort((a, b) => a.wallTimeMs - b.wallTimeMs);
    return ok({
      labels: first.labels,
      paths: [...new Set(found.map(({ path }) => path))],
      slotSeconds: history.slotSeconds,
      endTimesMs: points.map(({ wallTimeMs }) => wallTimeMs),
      windowSeconds: points.map(({ seconds }) => rounded(seconds)),
      sources: points.map(({ source }) => source),
      mean: columns(points, ({ mean }) => mean),
      max: columns(points, ({ max }) => max),
    });
  },
};

/** By path, or by the labels that the container has on the metrics page. */
function findSeries(
  containers: readonly HistoryContainer[],
  query: SeriesQuery,
): readonly HistoryContainer[] {
  return containers.filter(
    ({ path, labels }) =>
      (query.container === path || query.container === labels.container) &&
      (query.namespace === undefined || query.namespace === labels.namespace) &&
      (query.pod === undefined || query.pod === labels.pod),
  );
}

function ambiguous(query: SeriesQuery, found: readonly HistoryContainer[]): Answer {
  const shown = found.slice(0, 5).map(({ path }) => path);
  const more = found.length > shown.length ? `, and ${found.length - shown.length} more` : '';
  const message = `${found.length} containers are called ${query.container}: ${shown.join(', ')}${more}.`;
  return refusal(409, 'ambiguous_container', `${message} Add namespace and pod, or give the path.`);
}

function columns(
  points: readonly HistoryPoint[],
  valuesOf: (point: HistoryPoint) => Readonly<Record<HistoryField, number | undefined>>,
): object {
  return Object.fromEntries(
    historyFields.map((field) => [
      columnName(field),
      points.map((point) => {
        const value = valuesOf(point)[field];
        return value === undefined ? null : rounded(value);
      }),
    ]),
  );
}

/** The ring holds single precision: seven digits. */
const rounded = (value: number): number => Number(value.toPrecision(7));

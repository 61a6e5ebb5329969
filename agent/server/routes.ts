/** Every path that the agent answers. A new endpoint is a row here. */
import { encodeSample } from '../../kernel/sample-json.ts';
import { metricsContentType } from '../metrics/exposition.ts';
import { containersRoute } from './containers-route.ts';
import { boolean, objectOf, string } from './json-schema.ts';
import { formatLinksPage } from './links-page.ts';
import { noQuery, ok, refusal, type Route } from './route.ts';
import { seriesRoute } from './series-route.ts';

const metricsRoute: Route<unknown> = {
  path: '/metrics',
  summary: 'metrics in the Prometheus text format',
  query: noQuery,
  answer: async (view) => ({ status: 200, contentType: metricsContentType, body: await view.metricsPage() }),
};

const healthRoute: Route<unknown> = {
  path: '/healthz',
  summary: 'whether the process answers',
  query: noQuery,
  schema: objectOf({ alive: boolean, version: string }),
  answer: ({ version }) => ok({ alive: true, version }),
};

const readinessRoute: Route<unknown> = {
  path: '/readyz',
  summary: 'whether there is a current ledger; 503 with the reason when there is not',
  query: noQuery,
  schema: objectOf({ ready: boolean }),
  answer: (view) => {
    const readiness = view.readiness();
    return readiness.kind === 'ready' ? ok({ ready: true }) : refusal(503, 'not_ready', readiness.reason);
  },
};

const sampleRoute: Route<unknown> = {
  path: '/debug/sample',
  summary: 'the latest raw sample, as a recording has it',
  query: noQuery,
  answer: (view) => {
    const sample = view.latest()?.sample;
    if (!sample) return refusal(503, 'no_sample_yet', 'There is no sample yet; try again soon.');
    return { status: 200, contentType: 'application/json; charset=utf-8', body: encodeSample(sample) };
  },
};

const linksRoute: Route<unknown> = {
  path: '/',
  summary: 'this page',
  query: noQuery,
  answer: (view) => ({
    status: 200,
    contentType: 'text/html; charset=utf-8',
    body: formatLinksPage(view.node, view.version, routes),
  }),
};

/** Each route checks its own query by its schema before it gets it, so the table may forget the type. */
export const routes: readonly Route<never>[] = [
  linksRoute,
  metricsRoute,
  healthRoute,
  readinessRoute,
  containersRoute,
  seriesRoute,
  sampleRoute,
];

import t from 'tap';
import { catalog } from '../../../agent/metrics/catalog.ts';
import type { Metric } from '../../../agent/metrics/metric.ts';

const ofContainers = [
  'reserved_cores',
  'usage_seconds_total',
  'entitled_seconds_total',
  'gap_seconds_total',
  'gap_lower_bound_seconds_total',
  'gap_upper_bound_seconds_total',
  'gap_induced_seconds_total',
  'phantom_seconds_total',
  'borrowed_seconds_total',
  'unclaimed_seconds_total',
  'runqueue_wait_seconds_total',
  'runqueue_latency_seconds',
  'offender_wait_seconds_total',
  'throttled_seconds_total',
  'throttled_periods_total',
  'periods_total',
  'burst_seconds_total',
  'pressure_waiting_seconds_total',
  'pressure_stalled_seconds_total',
  'cpuset_cpus',
  'quota_cores',
  'info',
];

t.test('has the container metrics that dashboards and rules rely on', async (t) => {
  const names = catalog.map(({ name }) => name).filter((name) => name.startsWith('cpugap_container_'));
  t.same(
    names,
    ofContainers.map((name) => `cpugap_container_${name}`),
  );
});

t.test('splits by the values that they rely on', async (t) => {
  const splits = catalog.flatMap((metric) =>
    (metric.scope === 'container' || metric.scope === 'container_sourced') && metric.label !== undefined
      ? [[metric.label, metric.series.map(({ labelValue }) => labelValue)]]
      : [],
  );
  t.same(splits, [
    ['cause', ['throttled', 'runqueue_sharing', 'self', 'system', 'steal', 'unexplained']],
    ['kind', ['concurrent', 'deferred', 'unsplit']],
    ['behind', ['others', 'self', 'system', 'steal']],
  ]);
});

const rules: readonly (readonly [string, (metric: Metric) => boolean])[] = [
  ['a name of small letters', ({ name }) => /^cpugap(_[a-z0-9]+)+$/.test(name)],
  ['_total on counters only', ({ name, type }) => name.endsWith('_total') === (type === 'counter')],
  [
    'its base unit in the name',
    ({ name, unit }) => !['seconds', 'bytes'].includes(unit) || new RegExp(`_${unit}(_total)?$`).test(name),
  ],
  ['one sentence of help', ({ help }) => /^[A-Z0-9][^|]*\.$/.test(help)],
  ['when it is absent', ({ absent }) => absent !== ''],
];

t.test('every row follows the rules', async (t) => {
  t.equal(new Set(catalog.map(({ name }) => name)).size, catalog.length);
  for (const [rule, holds] of rules) {
    t.same(
      catalog.filter((metric) => !holds(metric)).map(({ name }) => name),
      [],
      rule,
    );
  }
});

/** docs/metrics.md, generated from the catalog. */
import { catalog } from './catalog.ts';
import { ledgerSources } from '../sampling/counters.ts';
import { waitBounds } from '../sampling/wait-histogram.ts';
import { containerInfo } from './container-metrics.ts';
import type { Metric } from './metric.ts';

const introduction = `# Metrics

This file is generated from the catalog in \`agent/metrics/\` by \`npm run docs:metrics\`; a test compares the two.

\`GET /metrics\` is in the Prometheus text format. Everything is in base units, counters end in \`_total\` and begin at 0 when the agent
first sees the container: use \`rate()\` and \`increase()\`, which know about restarts. What is not known is not there: a series that is
missing is not a zero. What the amounts mean, and how they are estimated, is in [measurement.md](measurement.md).

Every series has the label \`node\`. Container series have the labels

| label | Kubernetes | elsewhere |
|---|---|---|
| \`namespace\` | the pod's namespace | left out |
| \`pod\` | the pod's name | left out |
| \`container\` | the container's name in the pod | what a person would call it: container, service or job name |

Where two containers of one host would have the same labels, the one that came later gets a number: \`web\`, \`web~2\`. The path of the
cgroup is a label of \`${containerInfo.name}\` only. Containers beyond \`--max-containers\` (largest reservations first) are added up in one
series with \`container="_spilled"\`. A container that is gone keeps its counters on the page for 60 seconds, so that their last values
are scraped, and loses its gauges at once.

Throttling and runqueue wait are never added up: throttling is policy, waiting is contention.

What is estimated from kernel files and what the programs in the kernel counted are two series, told apart by \`source\`: they are never
mixed in one number. When the source changes the one stands still and the other begins; \`sum without(source)\` adds them up.

\`cpugap_container_runqueue_latency_seconds\` has the bounds ${waitBounds.map(formatSeconds).join(', ')}: powers of two of a
nanosecond, where the kernel's own buckets end, so that no count is interpolated. The labels \`offender_namespace\`,
\`offender_pod\` and \`offender_container\` say who stood before the container; \`_system\` is whatever is no container (host processes,
services). A pair of victim and offender has a series of its own while it is among those that waited most in the last minutes
(\`--max-offender-pairs\`); a series is taken over only by a pair that waits twice as much, and given up after ten quiet minutes. Everything
else is added up in one series with \`container="_other"\`, so that all of them together are all the waiting behind others.
`;

function formatSeconds(seconds: number): string {
  if (seconds < 1e-3) return `${Number((seconds * 1e6).toPrecision(3))} us`;
  return seconds < 1 ? `${Number((seconds * 1e3).toPrecision(3))} ms` : `${Number(seconds.toPrecision(3))} s`;
}

const sections: readonly { readonly title: string; readonly scopes: readonly Metric['scope'][] }[] = [
  {
    title: 'Containers',
    scopes: ['container', 'container_sourced', 'container_histogram', 'container_offender', 'container_info'],
  },
  { title: 'Node', scopes: ['node'] },
  { title: 'Collectors', scopes: ['collector'] },
  { title: 'The agent itself', scopes: ['agent'] },
  { title: 'The tuner', scopes: ['tuner'] },
];

/** The whole file, with a newline at the end. */
export function formatMetricsDocument(): string {
  const tables = sections.map(({ title, scopes }) => {
    const rows = catalog.filter(({ scope }) => scopes.includes(scope)).map(formatRow);
    const head =
      '| metric | type | unit | further labels | what it says | absent when |\n|---|---|---|---|---|---|';
    return `\n## ${title}\n\n${[head, ...rows].join('\n')}\n`;
  });
  return introduction + tables.join('');
}

function formatRow(metric: Metric): string {
  const cells = [
    `\`${metric.name}\``,
    metric.type,
    metric.unit,
    furtherLabels(metric),
    metric.help,
    metric.absent,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function furtherLabels(metric: Metric): string {
  switch (metric.scope) {
    case 'container':
      return metric.label === undefined
        ? ''
        : `\`${metric.label}\`: ${metric.series.map(({ labelValue }) => labelValue).join(', ')}`;
    case 'container_sourced':
      return [
        ...(metric.label === undefined
          ? []
          : [`\`${metric.label}\`: ${metric.series.map(({ labelValue }) => labelValue).join(', ')}`]),
        `\`source\`: ${ledgerSources.join(', ')}`,
      ].join('; ');
    case 'container_histogram':
      return `\`le\`: ${metric.bounds.length} bounds and +Inf`;
    case 'container_offender':
      return metric.labels.map((name) => `\`${name}\``).join(', ');
    case 'container_info':
      return metric.labels.map(({ name }) => `\`${name}\``).join(', ');
    case 'node':
    case 'collector':
    case 'agent':
    case 'tuner':
      return metric.labels.map((name) => `\`${name}\``).join(', ');
  }
}

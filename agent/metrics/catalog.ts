/** Every metric of the agent, in the order of the page. A new metric is a row here; page, documentation and lint follow. */
import { containerInfo, containerMetrics } from './container-metrics.ts';
import type { Metric } from './metric.ts';
import { plainMetrics } from './plain-metrics.ts';

export const catalog: readonly Metric[] = [...containerMetrics, containerInfo, ...plainMetrics];

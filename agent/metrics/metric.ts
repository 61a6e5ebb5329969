/** What a row of the metrics catalog says. Seconds, bytes and CPUs are base units; counters end in `_total`. */
import type { ContainerTotals } from '../sampling/totals.ts';
import type { MetricsView } from './metrics-view.ts';

export type MetricUnit = 'seconds' | 'CPUs' | 'bytes' | 'count' | 'boolean' | 'none';

interface MetricFacts {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly unit: MetricUnit;
  /** One sentence for the HELP line. */
  readonly help: string;
  /** When there is no such series, for the documentation. */
  readonly absent: string;
}

/** One series per container; the labels namespace, pod, container and node come by themselves. */
export interface ContainerMetric extends MetricFacts {
  readonly scope: 'container';
  /** A further label, with one series per value. Without it `series` has one row whose `labelValue` is ''. */
  readonly label?: string;
  readonly series: readonly ContainerSeries[];
}

export interface ContainerSeries {
  readonly labelValue: string;
  readonly value: (container: ContainerTotals) => number | undefined;
}

/** One series with value 1 per container, whose labels are the information. */
export interface ContainerInfoMetric extends MetricFacts {
  readonly scope: 'container_info';
  readonly labels: readonly {
    readonly name: string;
    readonly value: (c: ContainerTotals) => string | undefined;
  }[];
}

/** Few series: of the node, of a collector, of the agent itself. The label node comes by itself. */
export interface PlainMetric extends MetricFacts {
  readonly scope: 'node' | 'collector' | 'agent';
  readonly labels: readonly string[];
  readonly samples: (view: MetricsView) => readonly PlainSample[];
}

export interface PlainSample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

export type Metric = ContainerMetric | ContainerInfoMetric | PlainMetric;

/** What a row of the metrics catalog says. Seconds, bytes and CPUs are base units; counters end in `_total`. */
import type { LedgerSource } from '../sampling/counters.ts';
import type { OffenderPair } from '../sampling/offender-totals.ts';
import type { ContainerTotals, Totals } from '../sampling/totals.ts';
import type { WaitHistogram } from '../sampling/wait-histogram.ts';
import type { MetricsView } from './metrics-view.ts';

export type MetricUnit = 'seconds' | 'CPUs' | 'bytes' | 'count' | 'boolean' | 'none';

interface MetricFacts {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
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

/** The same with the label `source`: what was estimated and what was counted are two series. */
export interface SourcedMetric extends MetricFacts {
  readonly scope: 'container_sourced';
  readonly label?: string;
  readonly series: readonly {
    readonly labelValue: string;
    readonly value: (container: ContainerTotals, source: LedgerSource) => number | undefined;
  }[];
}

/** A classic histogram per container. */
export interface ContainerHistogramMetric extends MetricFacts {
  readonly scope: 'container_histogram';
  readonly type: 'histogram';
  /** Upper bounds, ascending, without +Inf. */
  readonly bounds: readonly number[];
  /** Per bucket, not added up; one more than there are bounds. */
  readonly counts: (container: ContainerTotals) => WaitHistogram | undefined;
}

/** One series per pair of victim and offender; the labels of the victim are those of every container series. */
export interface OffenderMetric extends MetricFacts {
  readonly scope: 'container_offender';
  readonly labels: readonly ['offender_namespace', 'offender_pod', 'offender_container'];
  readonly pairs: (totals: Totals) => readonly OffenderPair[];
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
  readonly type: 'counter' | 'gauge';
  readonly scope: 'node' | 'collector' | 'agent' | 'tuner';
  readonly labels: readonly string[];
  readonly samples: (view: MetricsView) => readonly PlainSample[];
}

export interface PlainSample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

export type Metric =
  | ContainerMetric
  | SourcedMetric
  | ContainerHistogramMetric
  | OffenderMetric
  | ContainerInfoMetric
  | PlainMetric;

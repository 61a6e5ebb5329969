/** What an experiment is made of, as data. */
import type { Arrivals } from '../load/arrivals.ts';
import type { ServerName } from '../servers/catalog.ts';
import type { WorkloadKind } from '../workloads/catalog.ts';

/** So many threads, or so many for each CPU that the scene has. */
export type Threads = number | { readonly perCpu: number };

export type Load =
  | {
      readonly kind: 'workload';
      readonly workload: WorkloadKind;
      readonly threads: Threads;
      readonly workMs?: number;
      readonly everyMs?: number;
    }
  | {
      readonly kind: 'server';
      readonly server: ServerName;
      readonly threads: Threads;
      readonly connections: number;
      readonly arrivals: Arrivals;
      /** Requests per second, ascending: all of them with --sweep, else the middle one. */
      readonly rates: readonly number[];
    }
  /** zstd, multi-threaded, over the same bytes again and again. */
  | { readonly kind: 'compress'; readonly threads: Threads };

/** A pod of one container. */
export interface PodSpec {
  readonly name: string;
  /** Part of the scene's CPUs that it requests; 0: BestEffort. */
  readonly requestShare: number;
  /** `request`: limit = request, so Guaranteed, with a quota. `none`: Burstable. */
  readonly limit: 'request' | 'none';
  readonly load: Load;
}

export interface Outcome {
  /** `latency`: p99 of the requests; `rate`: pieces of work per second, the inverse of the completion time of fixed work. */
  readonly kind: 'latency' | 'rate';
  /** What is counted: `phases`, `requests`. */
  readonly unit: string;
}

/** A published figure to stand beside ours. */
export interface PublishedFigure {
  readonly what: string;
  readonly value: string;
}

export interface BaseScenario {
  readonly name: string;
  readonly summary: string;
  readonly victim: PodSpec;
  /** The neighbours together request what is left of the CPUs. */
  readonly outcome: Outcome;
  /** What is expected to show, in words; a report that shows something else is a finding. */
  readonly expects: readonly string[];
  readonly published?: readonly PublishedFigure[];
}

export interface NeighbourVariant {
  readonly limit: 'capped' | 'bursting';
  readonly threads: 'few' | 'many';
  readonly kind: 'cpu' | 'memory';
}

export interface Scenario extends BaseScenario {
  readonly variant: NeighbourVariant;
  readonly neighbours: readonly PodSpec[];
}

export function countThreads(threads: Threads, cpus: number): number {
  return typeof threads === 'number' ? threads : Math.max(1, Math.round(threads.perCpu * cpus));
}

/** CPUs requested, in whole hundredths: nobody writes finer ones into a manifest. */
export function requestedCores(pod: PodSpec, cpus: number): number {
  return Math.round(pod.requestShare * cpus * 100) / 100;
}

/** The rate that is used unless the rates are swept. */
export function usualRate(rates: readonly number[]): number {
  return rates[Math.floor(rates.length / 2)] ?? 0;
}

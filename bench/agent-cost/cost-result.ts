/** What one size of host cost, as numbers. */
import type { HostSize } from './host-shape.ts';

/** Nobody waits and no thread is read; or every container waits and all threads are read in every tick. */
export const loads = ['quiet', 'waiting'] as const;
export type Load = (typeof loads)[number];

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface LoadCost {
  readonly load: Load;
  /** CPU time of the whole process per tick, one value per window of ticks. */
  readonly cpuMsPerTick: Spread;
  /** The same by /proc/<pid>/stat over all windows together. */
  readonly statCpuMsPerTick: number;
  /** Wall milliseconds per tick by stage, over all windows together. */
  readonly stageMsPerTick: Readonly<Record<string, number>>;
  /** One scrape after each of so many ticks. */
  readonly scrapeMs: Spread;
  readonly scrapeBytes: number;
  /** CPU time that a scrape adds to a tick. */
  readonly scrapeCpuMs: number;
  readonly residentBytes: number;
  readonly openDescriptors: number;
  /** Kept from the whole machine by its hypervisor, seconds per second. */
  readonly stealCores: number;
}

export interface SizeCost {
  readonly size: HostSize;
  readonly firstSampleMs: number;
  readonly peakResidentBytes: number;
  readonly loads: readonly LoadCost[];
}

export interface BenchSettings {
  readonly intervalSeconds: number;
  readonly warmUpTicks: number;
  readonly windows: number;
  readonly ticksPerWindow: number;
  readonly scrapes: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
  };
}

/** The tables that docs/bpf.md shows. */
import type { PairedRatio } from './paired-ratio.ts';
import type { EventCost } from './program-costs.ts';

export interface LoadOverhead {
  readonly load: string;
  /** Mean time of a run without the programs. */
  readonly seconds: number;
  readonly ratio: PairedRatio;
  readonly events: readonly EventCost[];
  /** Time in the programs as a part of the CPU time that there was; the kernel's taking of the time included. */
  readonly cpuShare: number;
}

const percent = (part: number): string => `${part >= 0 ? '+' : ''}${(part * 100).toFixed(2)} %`;

export function formatRatios(results: readonly LoadOverhead[]): string {
  const rows = results.map(({ load, seconds, ratio, cpuShare }) => [
    load,
    `${seconds.toFixed(2)} s`,
    String(ratio.blocks),
    percent(ratio.ratio - 1),
    `${percent(ratio.low - 1)} to ${percent(ratio.high - 1)}`,
    percent(ratio.median - 1),
    `${(cpuShare * 100).toFixed(2)} %`,
  ]);
  const titles = [
    'load',
    'a run',
    'blocks',
    'with the programs',
    '95 % interval',
    'median',
    'CPU in programs',
  ];
  return formatTable(titles, rows);
}

export function formatEvents(results: readonly LoadOverhead[]): string {
  const rows = results.flatMap(({ load, events }) =>
    events.map(({ program, events: count, nsPerEvent }) => [
      load,
      program,
      String(count),
      `${nsPerEvent.toFixed(0)} ns`,
    ]),
  );
  return formatTable(['load', 'program', 'events', 'each'], rows);
}

function formatTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return `${[line(titles), rule, ...rows.map(line)].join('\n')}\n`;
}

/** The numbers as a table for people, in Markdown. PURE. */
import type { BenchSettings, LoadCost, SizeCost, Spread } from './cost-result.ts';
import { formatSize } from './host-shape.ts';

/** What the agent promises at 110/250/5,000, interval 1 s. */
export const targets = {
  quietCores: 0.005,
  waitingCores: 0.02,
  residentBytes: 90e6,
  scrapeMs: 10,
  firstSampleMs: 1000,
} as const;

const heads = [
  'pods/containers/threads',
  'load',
  'CPU per tick',
  'of a core',
  'RSS',
  'scrape, median (max)',
  'page',
  'first sample',
  'steal',
];

/** One row per size and load. */
export function formatCostTable(costs: readonly SizeCost[], { intervalSeconds }: BenchSettings): string {
  const rows = costs.flatMap((cost) =>
    cost.loads.map((load) => [
      formatSize(cost.size),
      load.load,
      formatSpread(load.cpuMsPerTick, 'ms'),
      `${(load.cpuMsPerTick.median / intervalSeconds / 10).toFixed(2)} %`,
      `${(load.residentBytes / 1e6).toFixed(0)} MB`,
      `${load.scrapeMs.median.toFixed(1)} (${load.scrapeMs.max.toFixed(1)}) ms`,
      `${(load.scrapeBytes / 1000).toFixed(0)} kB`,
      `${(cost.firstSampleMs / 1000).toFixed(2)} s`,
      `${(load.stealCores * 100).toFixed(0)} %`,
    ]),
  );
  return formatMarkdown([heads, ...rows]);
}

/** One row per stage, one column per size and load; stages that cost nothing anywhere are left out. */
export function formatStageTable(costs: readonly SizeCost[]): string {
  const columns = costs.flatMap(({ size, loads }) => loads.map((load) => ({ size, load })));
  const names = [...new Set(columns.flatMap(({ load }) => Object.keys(load.stageMsPerTick)))];
  const shown = names.filter((name) => columns.some(({ load }) => stageOf(load, name) >= 0.005));
  const head = ['ms per tick', ...columns.map(({ size, load }) => `${formatSize(size)} ${load.load}`)];
  const rows = shown.map((name) => [name, ...columns.map(({ load }) => stageOf(load, name).toFixed(2))]);
  return formatMarkdown([head, ...rows]);
}

export function formatSpread({ median, min, max }: Spread, unit: string): string {
  return `${median.toFixed(1)} ${unit} (${min.toFixed(1)}-${max.toFixed(1)})`;
}

function stageOf(load: LoadCost, name: string): number {
  return load.stageMsPerTick[name] ?? 0;
}

/** Columns as wide as their widest cell; the first left, the others right. */
export function formatMarkdown(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) => formatRow(row.map((cell, i) => pad(cell, widths[i] ?? 0, i))));
  const rule = formatRow(
    widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)),
  );
  return [...lines.slice(0, 1), rule, ...lines.slice(1)].map((line) => `${line}\n`).join('');
}

function formatRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

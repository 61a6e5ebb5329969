/** Results as the text that a person reads. Pure. */
import { contains, relativeError, type Comparison } from './compare.ts';
import type { TruthResult } from './measure-scenario.ts';

const heading = ['scenario', 'number', 'truth', 'exact', 'error', 'portable', 'bounds', 'contain'];

const seconds = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(4));

const word = (holds: boolean | undefined): string => (holds === undefined ? '-' : holds ? 'yes' : 'NO');

function rowOf(result: TruthResult, comparison: Comparison, isFirst: boolean): readonly string[] {
  const { portable } = comparison;
  const error = relativeError(comparison, result.windowSeconds);
  return [
    isFirst ? result.scenario : '',
    comparison.number,
    seconds(comparison.truth),
    seconds(comparison.exact),
    error === undefined ? '-' : `${(100 * error).toFixed(2)} %`,
    seconds(portable?.estimate),
    portable ? `${seconds(portable.low)} .. ${seconds(portable.high)}` : '-',
    word(contains(comparison, result.windowSeconds)),
  ];
}

/** A table in Markdown; columns are padded so that it reads in a terminal, too. */
export function formatTruthTable(results: readonly TruthResult[]): string {
  const rows = results.flatMap((result) =>
    result.numbers.map((comparison, i) => rowOf(result, comparison, i === 0)),
  );
  const widths = heading.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i < 2 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return `${[line(heading), rule, ...rows.map(line)].join('\n')}\n`;
}

/** The worst of every kind, in one paragraph. */
export function formatTruthSummary(results: readonly TruthResult[]): string {
  const errors = results.flatMap((result) =>
    result.numbers.flatMap((comparison) => {
      const error = relativeError(comparison, result.windowSeconds);
      return error === undefined ? [] : [{ error, result, comparison }];
    }),
  );
  const within = errors.filter(({ error }) => Math.abs(error) <= 0.01).length;
  const held = results.flatMap((result) =>
    result.numbers.flatMap((comparison) => contains(comparison, result.windowSeconds) ?? []),
  );
  const [worst] = errors.toSorted((a, b) => Math.abs(b.error) - Math.abs(a.error));
  const steal = results.reduce((sum, { stealSeconds }) => sum + stealSeconds, 0);
  return [
    `Exact tier: ${within} of ${errors.length} numbers within 1 %`,
    worst
      ? `; the worst is ${worst.comparison.number} of "${worst.result.scenario}", ${(100 * worst.error).toFixed(2)} %`
      : '',
    `.\nPortable bounds: ${held.filter(Boolean).length} of ${held.length} contain the truth.\n`,
    `Steal during all windows: ${steal.toFixed(2)} CPU-seconds.\n`,
  ].join('');
}

/** Results as the text that a person reads. Pure. */
import { isHeld, isWithin, type Tolerance } from './judge.ts';
import type { TruthResult } from './measure-scenario.ts';

const seconds = (value: number): string => value.toFixed(4);
const milliseconds = (value: number): string => (value * 1e3).toFixed(2);
const word = (holds: boolean): string => (holds ? 'yes' : '**no**');

/** A table in Markdown; columns are padded so that it reads in a terminal, too. */
function formatTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  leftColumns: number,
): string {
  const widths = heading.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const pad = (cell: string, i: number): string =>
    i < leftColumns ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  const line = (row: readonly string[]): string => `| ${row.map(pad).join(' | ')} |`;
  const rule = widths.map((width, i) => (i < leftColumns ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return `${[line(heading), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n')}\n`;
}

/** Every number of the exact tier. */
export function formatExactTable(results: readonly TruthResult[], tolerance: Tolerance): string {
  const rows = results.flatMap((result) =>
    result.exact.map((row, i) => [
      i === 0 ? result.scenario : '',
      row.number,
      seconds(row.truth),
      seconds(row.exact),
      milliseconds(row.exact - row.truth),
      word(isWithin(row, tolerance, result.uncertainSeconds)),
    ]),
  );
  return formatTable(['scenario', 'number', 'truth, s', 'exact, s', 'error, ms', 'within'], rows, 2);
}

/** One line per scenario: the worst of the exact tier, the portable bounds, and what disturbed. */
export function formatScenarioTable(results: readonly TruthResult[], tolerance: Tolerance): string {
  const heading = [
    'scenario',
    'window, s',
    'events',
    'within',
    'worst, ms',
    'of',
    'G true, s',
    'portable bounds, s',
    'held',
    'uncertain, ms',
    'steal, s',
    'disturbed',
  ];
  const rows = results.map((result) => {
    const within = result.exact.filter((row) => isWithin(row, tolerance, result.uncertainSeconds)).length;
    const worst = result.exact.toSorted(
      (a, b) => Math.abs(b.exact - b.truth) - Math.abs(a.exact - a.truth),
    )[0];
    const gap = result.portable.find(({ number }) => number === 'G');
    return [
      result.scenario,
      result.windowSeconds.toFixed(2),
      String(result.events),
      `${within} of ${result.exact.length}`,
      worst ? milliseconds(worst.exact - worst.truth) : '-',
      worst?.number ?? '-',
      gap ? seconds(gap.truth) : '-',
      gap ? `${gap.portable.low.toFixed(2)} .. ${gap.portable.high.toFixed(2)}` : '-',
      word(result.portable.every((row) => isHeld(row, result.portableSlackSeconds))),
      milliseconds(result.uncertainSeconds),
      result.stealSeconds.toFixed(2),
      result.disturbances.join(', ') || 'no',
    ];
  });
  return formatTable(heading, rows, 1);
}

/** What an undisturbed window missed, one sentence each; empty where all is as promised. */
export function missesOf(results: readonly TruthResult[], tolerance: Tolerance): readonly string[] {
  return results
    .filter(({ disturbances }) => disturbances.length === 0)
    .flatMap((result) => [
      ...result.exact
        .filter((row) => !isWithin(row, tolerance, result.uncertainSeconds))
        .map(
          ({ number, truth, exact }) =>
            `${result.scenario}: ${number} is ${seconds(truth)} s, the exact tier says ${seconds(exact)} s`,
        ),
      ...result.portable
        .filter((row) => !isHeld(row, result.portableSlackSeconds))
        .map(
          ({ number, truth, portable }) =>
            `${result.scenario}: ${number} is ${seconds(truth)} s, outside of the portable bounds ` +
            `${seconds(portable.low)} .. ${seconds(portable.high)} s`,
        ),
    ]);
}

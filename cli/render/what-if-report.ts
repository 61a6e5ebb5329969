/** Policies side by side: a row per container, three columns per policy. */
import type { ContainerForecast, ObservedRow, PolicyForecast, WhatIf } from '../tuner/what-if.ts';
import { plainLine, span, type Line } from './line.ts';
import { formatCores, formatDuration } from './numbers.ts';
import { layOut, renderRow, renderTitles, type Column } from './table.ts';
import { counted, printable } from './words.ts';

export function renderWhatIf(result: WhatIf, columns: number): readonly Line[] {
  return [
    plainLine('Measured:', 'strong'),
    ...renderTable(observedColumns, result.observed, columns),
    ...result.policies.flatMap((policy) => [
      plainLine(''),
      ...renderPolicy(policy, result.observed, columns),
    ]),
    plainLine(''),
    plainLine(
      `The model of the unchanged node is at most ${formatCores(result.modelErrorCores)} CPU from what was measured; believe no difference below that.`,
      'dim',
    ),
  ];
}

function renderPolicy(
  { policy, writes, refused, idleCores, containers }: PolicyForecast,
  observed: readonly ObservedRow[],
  columns: number,
): readonly Line[] {
  const names = new Map(observed.map(({ path, name }) => [path, name]));
  const rows = containers.map((forecast) => ({
    ...forecast,
    name: names.get(forecast.path) ?? forecast.path,
  }));
  const title = `${policy}, predicted: ${counted(writes, 'write')}${refused > 0 ? `, ${refused} refused` : ''}, ${formatCores(idleCores)} CPU idle`;
  return [plainLine(title, 'strong'), ...renderTable(forecastColumns, rows, columns)];
}

function renderTable<Row>(
  table: readonly Column<Row>[],
  rows: readonly Row[],
  columns: number,
): readonly Line[] {
  const placed = layOut(table, columns);
  return [renderTitles(placed), ...rows.map((row) => renderRow(placed, row))];
}

const nameColumn = <Row extends { readonly name: string }>(): Column<Row> => ({
  title: 'CONTAINER',
  align: 'left',
  minimum: 12,
  maximum: 44,
  rank: 0,
  cell: ({ name }) => [span(printable(name))],
});

const column = <Row>(title: string, rank: number, text: (row: Row) => string): Column<Row> => ({
  title,
  align: 'right',
  minimum: Math.max(8, title.length),
  rank,
  cell: (row) => [span(text(row))],
});

const observedColumns: readonly Column<ObservedRow>[] = [
  nameColumn(),
  column('RESERVED', 1, ({ reservedCores }) => formatCores(reservedCores)),
  column('RECEIVED', 0, ({ receivedCores }) => formatCores(receivedCores)),
  column('GAP', 0, ({ gapCores }) => formatCores(gapCores)),
];

type ForecastRow = ContainerForecast & { readonly name: string };

const forecastColumns: readonly Column<ForecastRow>[] = [
  nameColumn(),
  column('P99 WAIT', 1, ({ waitP99Seconds }) => formatDuration(waitP99Seconds)),
  column('RECEIVED', 0, ({ receivedCores }) => formatCores(receivedCores)),
  column('GAP', 0, ({ gapCores }) => formatCores(gapCores)),
];

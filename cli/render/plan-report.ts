/** A plan as a table of who gets what before and after, and the writes that would do it. */
import type { DryPlan, PlannedContainer } from '../../tuner/plan-once.ts';
import type { PlannedWrite, RefusedSetting } from '../../tuner/plan/plan.ts';
import { formatSetting } from '../../tuner/plan/setting.ts';
import { plainLine, span, type Line } from './line.ts';
import { absent, formatCores } from './numbers.ts';
import { layOut, renderRow, renderTitles, type Column } from './table.ts';
import { counted, printable, wrapWords } from './words.ts';

const widestText = 110;

export function renderPlan(planned: DryPlan<unknown>, columns: number): readonly Line[] {
  const width = Math.min(columns, widestText);
  const { plan } = planned;
  return [
    ...renderContainers(planned.containers, columns),
    plainLine(
      `CPUs idle: ${formatCores(planned.idleBeforeCores)} predicted now, ${formatCores(planned.idleAfterCores)} after.`,
      'dim',
    ),
    ...renderNotes(planned.containers, width),
    plainLine(''),
    ...(plan.writes.length === 0
      ? [plainLine('Nothing to write: what stands there is what is wanted.', 'good')]
      : [
          plainLine(`${counted(plan.writes.length, 'write')}, in this order:`, 'strong'),
          ...plan.writes.flatMap((write, index) => renderWrite(write, index + 1, width)),
        ]),
    ...plan.refused.flatMap((refused) => renderRefused(refused, width)),
  ];
}

const change = (before: number | undefined, after: number | undefined): string =>
  before === undefined || after === undefined
    ? absent
    : `${after >= before ? '+' : '-'}${formatCores(Math.abs(after - before))}`;

const cores = (
  title: string,
  rank: number,
  of: (container: PlannedContainer) => number | undefined,
): Column<PlannedContainer> => ({
  title,
  align: 'right',
  minimum: Math.max(8, title.length),
  rank,
  cell: (row) => [span(formatCores(of(row)))],
});

/** What is measured counts, and what the model says that a change adds to it. */
const expected = (row: PlannedContainer): number | undefined => {
  const { measuredReceivedCores: now, predictedBeforeCores: was, predictedAfterCores: will } = row;
  return now === undefined || was === undefined || will === undefined
    ? undefined
    : Math.max(0, now + will - was);
};

const containerColumns: readonly Column<PlannedContainer>[] = [
  {
    title: 'CONTAINER',
    align: 'left',
    minimum: 12,
    maximum: 44,
    rank: 0,
    cell: ({ name }) => [span(printable(name), 'strong')],
  },
  cores('RESERVED', 0, ({ reservedCores }) => reservedCores),
  cores('WANTED', 4, ({ entitledCores }) => entitledCores),
  cores('RECEIVED', 0, ({ measuredReceivedCores }) => measuredReceivedCores),
  cores('GAP', 0, ({ measuredGapCores }) => measuredGapCores),
  {
    title: 'CHANGE',
    align: 'right',
    minimum: 7,
    rank: 3,
    cell: (row) => [span(change(row.predictedBeforeCores, row.predictedAfterCores))],
  },
  cores('EXPECTED', 1, expected),
];

function renderContainers(containers: readonly PlannedContainer[], columns: number): readonly Line[] {
  const placed = layOut(containerColumns, columns);
  return [renderTitles(placed), ...containers.map((row) => renderRow(placed, row))];
}

function renderNotes(containers: readonly PlannedContainer[], width: number): readonly Line[] {
  return containers.flatMap(({ name, note }) =>
    note === undefined
      ? []
      : wrapWords(printable(`${name}: ${note}`), width, '  ').map((text) => plainLine(text)),
  );
}

function renderWrite(write: PlannedWrite, number: number, width: number): readonly Line[] {
  const { path, from, to, rung, reason } = write;
  const [first = '', ...rest] = wrapWords(
    printable(`${path}: ${formatSetting(from)} -> ${formatSetting(to)}`),
    width - 5,
  );
  return [
    [span(`${String(number).padStart(3)}  `, 'dim'), span(first, 'strong')],
    ...rest.map((text) => plainLine(`     ${text}`, 'strong')),
    ...wrapWords(printable(`${rung}: ${reason}`), width - 5).map((text) => plainLine(`     ${text}`, 'dim')),
  ];
}

function renderRefused({ path, setting, why }: RefusedSetting, width: number): readonly Line[] {
  return wrapWords(printable(`refused: ${path}: ${formatSetting(setting)}: ${why}`), width, '  ').map(
    (text) => plainLine(text, 'warn'),
  );
}

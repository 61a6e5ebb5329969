/** Receipts: what each change was predicted to do, and what it did. */
import type { ContainerReceipt, Receipt } from '../../tuner/experiment/receipt.ts';
import { plainLine, span, type Line, type Tone } from './line.ts';
import { formatCores, formatDuration, formatWallTime } from './numbers.ts';
import { layOut, renderRow, renderTitles, type Column } from './table.ts';
import { printable, wrapWords } from './words.ts';

const tones: Readonly<Record<Receipt['result'], Tone>> = {
  kept: 'good',
  rolled_back: 'warn',
  given_up: 'bad',
};

export function renderReceipts(receipts: readonly Receipt[], columns: number): readonly Line[] {
  return receipts.flatMap((receipt, index) => [
    ...(index === 0 ? [] : [plainLine('')]),
    ...renderReceipt(receipt, columns),
  ]);
}

export function renderReceipt(receipt: Receipt, columns: number): readonly Line[] {
  const { name, rung, result, reason, wallTimeMs, containers } = receipt;
  const placed = layOut(receiptColumns, columns);
  return [
    [
      span(`${formatWallTime(wallTimeMs)} UTC  `, 'dim'),
      span(`${printable(name)}: ${rung} `, 'strong'),
      span(result.replace('_', ' '), tones[result]),
    ],
    ...wrapWords(printable(reason), Math.min(columns, 110)).map((text) => plainLine(text)),
    ...(containers.length === 0
      ? []
      : [renderTitles(placed), ...containers.map((row) => renderRow(placed, row))]),
  ];
}

const column = (
  title: string,
  rank: number,
  text: (row: ContainerReceipt) => string,
): Column<ContainerReceipt> => ({
  title,
  align: 'right',
  minimum: Math.max(8, title.length),
  rank,
  cell: (row) => [span(text(row))],
});

const receiptColumns: readonly Column<ContainerReceipt>[] = [
  {
    title: 'CONTAINER',
    align: 'left',
    minimum: 12,
    maximum: 40,
    rank: 0,
    cell: ({ name }) => [span(printable(name))],
  },
  column('RESERVED', 3, ({ reservedCores }) => formatCores(reservedCores)),
  column('RECEIVED', 0, ({ before }) => formatCores(before.receivedCores)),
  column('PREDICTED', 1, ({ predictedReceivedCores }) => formatCores(predictedReceivedCores)),
  column('MEASURED', 0, ({ after }) => formatCores(after.receivedCores)),
  column('GAP', 0, ({ before }) => formatCores(before.gapCores)),
  column('GAP AFTER', 0, ({ after }) => formatCores(after.gapCores)),
  column('P99', 4, ({ before }) => formatDuration(before.waitP99Seconds)),
  column('P99 AFTER', 4, ({ after }) => formatDuration(after.waitP99Seconds)),
];

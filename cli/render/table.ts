/** Columns that share a width: the least important ones make room on a narrow terminal. */
import { span, type Line, type Span, type Tone } from './line.ts';
import { shorten } from './words.ts';

export interface Column<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Least width at which the column is worth showing; its title must fit. */
  readonly minimum: number;
  /** Most it can use; spare width goes to columns in order of importance. Same as `minimum` when absent. */
  readonly maximum?: number;
  /** 0 is never dropped; greater is dropped first. */
  readonly rank: number;
  /** What stands in the row at this width; longer text is shortened. */
  readonly cell: (row: Row, width: number) => readonly Span[];
}

export interface PlacedColumn<Row> {
  readonly column: Column<Row>;
  readonly width: number;
}

const separation = 2;

/** Drops columns until the rest fits, then gives spare width to those that can use it. */
export function layOut<Row>(
  columns: readonly Column<Row>[],
  available: number,
): readonly PlacedColumn<Row>[] {
  let kept = [...columns];
  while (leastWidth(kept) > available) {
    const greatest = Math.max(...kept.map((column) => column.rank));
    if (greatest === 0) break;
    kept = kept.filter((column) => column.rank !== greatest);
  }
  let spare = available - leastWidth(kept);
  const widths = new Map<Column<Row>, number>();
  for (const column of kept.toSorted((one, other) => one.rank - other.rank)) {
    const extra = Math.max(0, Math.min(spare, (column.maximum ?? column.minimum) - column.minimum));
    widths.set(column, column.minimum + extra);
    spare -= extra;
  }
  return kept.map((column) => ({ column, width: widths.get(column) ?? column.minimum }));
}

function leastWidth<Row>(columns: readonly Column<Row>[]): number {
  return columns.reduce((sum, column) => sum + column.minimum, separation * Math.max(0, columns.length - 1));
}

export function renderTitles<Row>(placed: readonly PlacedColumn<Row>[]): Line {
  return joinCells(placed.map(({ column, width }) => fit([span(column.title, 'dim')], width, column.align)));
}

export function renderRow<Row>(placed: readonly PlacedColumn<Row>[], row: Row): Line {
  return joinCells(placed.map(({ column, width }) => fit(column.cell(row, width), width, column.align)));
}

function joinCells(cells: readonly Line[]): Line {
  return cells.flatMap((cell, index) => (index === 0 ? cell : [span(' '.repeat(separation)), ...cell]));
}

/** Exactly `width` characters. Only a cell of one span is shortened; bars are made to measure. */
function fit(spans: readonly Span[], width: number, align: 'left' | 'right'): Line {
  const length = spans.reduce((sum, { text }) => sum + text.length, 0);
  if (length > width) {
    const tone: Tone = spans[0]?.tone ?? 'plain';
    return [span(shorten(spans.map(({ text }) => text).join(''), width), tone)];
  }
  const space = span(' '.repeat(width - length));
  if (length === width) return spans;
  return align === 'left' ? [...spans, space] : [space, ...spans];
}

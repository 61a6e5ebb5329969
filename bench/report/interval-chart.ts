/** Arms as dots with whiskers on one axis, as SVG that needs no script. Pure. */
import type { Interval } from '../statistics/bootstrap.ts';
import { escapeHtml } from './html.ts';

export interface IntervalRow {
  readonly name: string;
  readonly interval: Interval;
  /** Written at the end of the row. */
  readonly text: string;
  readonly tone: 'plain' | 'best' | 'stock';
}

const size = { width: 640, row: 28, nameWidth: 92, textWidth: 200, top: 4 } as const;

/** `log`: for values that differ by factors, such as latencies. All values must be above 0 there. */
export function intervalChart(rows: readonly IntervalRow[], scale: 'linear' | 'log'): string {
  const place = placeOf(rows, scale);
  const height = size.top * 2 + rows.length * size.row;
  const lines = rows.map((row, index) => drawRow(row, size.top + (index + 0.5) * size.row, place));
  return `<svg class="intervals" viewBox="0 0 ${size.width} ${height}" role="img">${lines.join('')}</svg>`;
}

type Place = (value: number) => number;

function placeOf(rows: readonly IntervalRow[], scale: 'linear' | 'log'): Place {
  const finite = rows
    .flatMap(({ interval }) => [interval.low, interval.estimate, interval.high])
    .filter((value) => Number.isFinite(value) && (scale === 'linear' || value > 0));
  const onScale = (value: number): number => (scale === 'log' ? Math.log(value) : value);
  const least = scale === 'linear' ? 0 : onScale(Math.min(...finite));
  const range = Math.max(onScale(Math.max(...finite)) - least, Number.EPSILON);
  const [from, to] = [size.nameWidth + 8, size.width - size.textWidth - 8];
  return (value) => {
    const part = Number.isFinite(value) ? (onScale(value) - least) / range : value > 0 ? 1 : 0;
    return from + Math.min(1, Math.max(0, part)) * (to - from);
  };
}

function drawRow({ name, interval, text, tone }: IntervalRow, y: number, place: Place): string {
  const [low, middle, high] = [interval.low, interval.estimate, interval.high].map((value) =>
    place(value).toFixed(1),
  );
  const baseline = (y + 4).toFixed(1);
  return `<g class="${tone}"><text x="0" y="${baseline}">${escapeHtml(name)}</text>
<line class="axis" x1="${size.nameWidth + 8}" x2="${size.width - size.textWidth - 8}" y1="${y}" y2="${y}"/>
<line class="whisker" x1="${low}" x2="${high}" y1="${y}" y2="${y}"/><circle cx="${middle}" cy="${y}" r="5"/>
<text x="${size.width - size.textWidth}" y="${baseline}">${escapeHtml(text)}</text></g>`;
}

/** Arms as dots with whiskers on one axis, as HTML that needs no script and is as wide as there is room. Pure. */
import type { Interval } from '../statistics/bootstrap.ts';
import { escapeHtml } from './html.ts';

export interface IntervalRow {
  readonly name: string;
  readonly interval: Interval;
  /** Written below the row. */
  readonly text: string;
  readonly tone: 'plain' | 'best' | 'stock';
}

/** `log`: for values that differ by factors, such as latencies. All values must be above 0 there. */
export function intervalChart(rows: readonly IntervalRow[], scale: 'linear' | 'log'): string {
  const place = placeOf(rows, scale);
  const lines = rows.map(({ name, interval, text, tone }) => {
    const [low, middle, high] = [interval.low, interval.estimate, interval.high].map(place);
    const width = ((high ?? 0) - (low ?? 0)).toFixed(2);
    const whisker = `<u style="left:${(low ?? 0).toFixed(2)}%;width:${width}%"></u>`;
    const dot = `<s style="left:${(middle ?? 0).toFixed(2)}%"></s>`;
    return `<div class="interval ${tone}"><b>${escapeHtml(name)}</b><span>${whisker}${dot}</span><em>${escapeHtml(text)}</em></div>`;
  });
  return `<div class="intervals">${lines.join('\n')}</div>`;
}

/** Value -> per cent of the width. */
function placeOf(rows: readonly IntervalRow[], scale: 'linear' | 'log'): (value: number) => number {
  const finite = rows
    .flatMap(({ interval }) => [interval.low, interval.estimate, interval.high])
    .filter((value) => Number.isFinite(value) && (scale === 'linear' || value > 0));
  const onScale = (value: number): number => (scale === 'log' ? Math.log(value) : value);
  const least = scale === 'linear' ? 0 : onScale(Math.min(...finite));
  const range = Math.max(onScale(Math.max(...finite)) - least, Number.EPSILON);
  return (value) => {
    if (!Number.isFinite(value)) return value > 0 ? 100 : 0;
    return Math.min(100, Math.max(0, ((onScale(value) - least) / range) * 100));
  };
}

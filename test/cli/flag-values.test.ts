import t from 'tap';
import {
  oneOf,
  parseCount,
  parseDuration,
  parseInterval,
  parseSpeed,
  parseTimePoint,
} from '../../cli/flag-values.ts';

type Row = readonly [text: string, value: unknown];
const refused = Symbol('refused');

function check(t: Tap, parse: (text: string) => unknown, rows: readonly Row[]): void {
  for (const [text, value] of rows) {
    if (value === refused) t.throws(() => parse(text), RangeError, `"${text}"`);
    else t.same(parse(text), value, `"${text}"`);
  }
}
type Tap = Pick<typeof t, 'throws' | 'same'>;

t.test('times', async (t) => {
  check(t, parseDuration, [
    ['1', 1],
    ['0.5', 0.5],
    ['500ms', 0.5],
    ['2s', 2],
    ['1m30s', 90],
    ['1.5h', 5400],
    ['1d', 86_400],
    ['', refused],
    ['0', refused],
    ['0s', refused],
    ['-1', refused],
    ['1x', refused],
    ['1 s', refused],
    ['1e3', refused],
    ['Infinity', refused],
    ['s', refused],
  ]);
});

t.test('intervals are neither too short nor too long', async (t) => {
  check(t, parseInterval, [
    ['100ms', 0.1],
    ['1h', 3600],
    ['99ms', refused],
    ['2h', refused],
  ]);
});

t.test('counts', async (t) => {
  check(t, parseCount, [
    ['1', 1],
    ['250', 250],
    ['0', refused],
    ['1.5', refused],
    ['x', refused],
    ['', refused],
    ['99999999999999999999', refused],
  ]);
});

t.test('speeds', async (t) => {
  check(t, parseSpeed, [
    ['1', 1],
    ['10x', 10],
    ['0.5', 0.5],
    ['max', 'max'],
    ['0', refused],
    ['x', refused],
    ['-2', refused],
    ['', refused],
  ]);
});

t.test('points of a recording', async (t) => {
  check(t, parseTimePoint, [
    ['0', { kind: 'offset', seconds: 0 }],
    ['30s', { kind: 'offset', seconds: 30 }],
    ['1m30s', { kind: 'offset', seconds: 90 }],
    ['90', { kind: 'offset', seconds: 90 }],
    ['2026-07-01T14:05:00Z', { kind: 'wall', wallTimeMs: Date.UTC(2026, 6, 1, 14, 5) }],
    ['2026-13-01', refused],
    ['yesterday', refused],
    ['', refused],
    ['-5s', refused],
  ]);
});

t.test('choices', async (t) => {
  check(t, oneOf(['gap', 'name']), [
    ['gap', 'gap'],
    ['Gap', refused],
  ]);
});

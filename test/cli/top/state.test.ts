import t from 'tap';
import { parseKeys } from '../../../cli/top/keys.ts';
import { firstShownRow, firstTopState, reduceTopState, type TopState } from '../../../cli/top/state.ts';

const around = { paths: ['/a', '/b', '/c', '/d'], pageLines: 2, textLines: 5 };
const after = (bytes: string, from: TopState = firstTopState): TopState =>
  parseKeys(bytes).reduce((state, key) => reduceTopState(state, key, around), from);

const up = '\u001b[A';
const down = '\u001b[B';
const pageDown = '\u001b[6~';
const end = '\u001b[F';
const home = '\u001b[H';
const escape = '\u001b';

t.test('leaving', async (t) => {
  t.equal(after('q').leaving, 'quit');
  t.equal(after('\u0003').leaving, 'interrupt');
  t.equal(after('/\u0003').leaving, 'interrupt', 'also while typing');
  t.equal(after('/q').leaving, undefined, 'q is a letter while typing');
});

t.test('sorting and pausing', async (t) => {
  t.equal(after('u').sort, 'used');
  t.equal(after('w').sort, 'wait');
  t.equal(after('n').sort, 'name');
  t.equal(after('p').sort, 'phantom');
  t.equal(after('ng').sort, 'gap');
  t.equal(after(' ').paused, true);
  t.equal(after('  ').paused, false);
  t.same(after('xyz'), firstTopState, 'other keys do nothing');
});

t.test('moving', async (t) => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['', undefined],
    [down, '/b'],
    [`${down}${down}`, '/c'],
    ['jjk', '/b'],
    [up, '/a'],
    [pageDown, '/c'],
    [`${pageDown}${pageDown}`, '/d'],
    [end, '/d'],
    [`${end}${home}`, '/a'],
  ];
  for (const [bytes, path] of rows) t.equal(after(bytes).selectedPath, path, JSON.stringify(bytes));
  t.equal(
    reduceTopState(firstTopState, { kind: 'down' }, { ...around, paths: [] }).selectedPath,
    undefined,
    'an empty table has nothing to select',
  );
});

t.test('the filter', async (t) => {
  t.equal(after('/we').filter, 'we');
  t.equal(after('/we').typing, true);
  t.same(after('/web\u007f\r').filter, 'we');
  t.equal(after('/web\r').typing, false);
  t.equal(after(`/web${escape}`).filter, '');
  t.equal(after('/web\u0015x').filter, 'x');
  t.equal(after(`/web\r${escape}`).filter, '', 'escape shows all again');
});

t.test('the explanation and help', async (t) => {
  t.match(after('\r'), { screen: 'explain', selectedPath: '/a', scroll: 0 });
  t.match(after(`${down}\r`), { screen: 'explain', selectedPath: '/b' });
  t.equal(after(`\r${down}`).scroll, 1);
  t.equal(after(`\r${end}`).scroll, 3, 'the last line stands at the bottom');
  t.equal(after(`\r${end}${up}`).scroll, 2);
  t.equal(after(`\r${escape}`).screen, 'table');
  t.match(after('\rq'), { screen: 'table' });
  t.equal(after('?').screen, 'help');
  t.equal(after('??').screen, 'help');
  t.equal(after('\r ').paused, true);
});

t.test('the selected row stays in sight', async (t) => {
  const rows: readonly (readonly [selected: number, count: number, fit: number, first: number])[] = [
    [0, 10, 4, 0],
    [1, 10, 4, 0],
    [5, 10, 4, 3],
    [9, 10, 4, 6],
    [2, 3, 4, 0],
    [0, 0, 4, 0],
  ];
  for (const [selected, count, fit, first] of rows) {
    t.equal(firstShownRow(selected, count, fit), first, `${selected} of ${count} in ${fit}`);
  }
});

import t from 'tap';
import { paintLine } from '../../../cli/render/line.ts';
import { helpLines, renderScreen, surroundingsOf, type ScreenContent } from '../../../cli/top/screen-view.ts';
import { firstTopState, type TopState } from '../../../cli/top/state.ts';
import { host, hostLedgerOf, ledgerOf } from '../ledger-rows.ts';

const content: ScreenContent = {
  host: { ledger: host, pressureShare: 0.42 },
  trends: new Map(),
  explanation: [],
  origin: 'live',
};
const draw = (
  state: Partial<TopState> = {},
  size = { columns: 80, rows: 14 },
  from: ScreenContent = content,
): readonly string[] =>
  renderScreen(from, { ...firstTopState, ...state }, size).map((line) => paintLine(line, false).trimEnd());

t.test('the table screen', async (t) => {
  t.same(draw(), [
    'cpugap live  2 CPUs: 1.96 busy, 0.03 idle, 0.01 steal | PSI 42% | window 1.00s',
    '5 containers, 4 with a reservation, 2 short of it, by gap',
    '',
    '  CONTAINER                 RESERVED  RECEIVED     GAP      WAIT  VERDICT',
    '> demo/throttled                1.00      0.40    0.60         -  throttled, bad',
    '  demo/victim                   1.50      1.30   ~0.20     2.3ms  contended',
    '  demo/neighbour                0.50      0.69    0.00      41ms  borrowing',
    '  shop/web-5d9~x2x1p/nginx      0.25      0.05    0.00         -  satisfied',
    '  sshd.service                     -      0.01       -         -  no reservation',
    '',
    '',
    'demo/throttled: It received 0.40 of 1.00 CPU it was entitled to (1.00',
    'reserved): throttled by its own quota (0.40 CPU) in 8 of 10 periods while ...',
    'q quit  / filter  enter explain  space pause  g u w n p sort  ? help',
  ]);
});

t.test('sorted, filtered, paused, typing', async (t) => {
  t.match(draw({ sort: 'name' })[4], /> demo\/neighbour/);
  const filtered = draw({ filter: 'demo', typing: true, paused: true });
  t.match(filtered[0], /^cpugap PAUSED/);
  t.match(filtered[1], /3 match "demo", by gap/);
  t.equal(filtered.at(-1), 'filter: demo_');
  t.match(draw({ filter: 'nobody' })[3], 'No container matches "nobody".');
});

t.test('more containers than rows', async (t) => {
  const many = hostLedgerOf(
    ...Array.from({ length: 50 }, (_, index) =>
      ledgerOf({ name: `c${String(index).padStart(2, '0')}`, reserved: 1 }),
    ),
  );
  const lines = draw(
    { selectedPath: '/c30' },
    { columns: 80, rows: 14 },
    { ...content, host: { ledger: many } },
  );
  t.equal(lines.length, 14);
  t.match(lines[1], /28-34 shown/);
  t.equal(lines.filter((line) => line.startsWith('> c30')).length, 1);
});

t.test('before the first window, and without any container', async (t) => {
  t.match(
    draw({}, undefined, { explanation: [], origin: 'live', trends: new Map(), host: undefined })[3],
    'Measuring the first window',
  );
  t.match(draw({}, undefined, { ...content, host: { ledger: hostLedgerOf() } })[3], 'No containers found');
});

t.test('any size will do', async (t) => {
  for (const columns of [1, 20, 60, 300]) {
    for (const rows of [1, 5, 8, 60]) {
      for (const screen of ['table', 'explain', 'help'] as const) {
        const lines = renderScreen(content, { ...firstTopState, screen }, { columns, rows });
        t.ok(lines.length <= rows);
        t.ok(lines.every((line) => paintLine(line, false).length === columns));
      }
    }
  }
});

t.test('what keys move over', async (t) => {
  const around = surroundingsOf(content, { ...firstTopState, filter: 'demo' }, { columns: 80, rows: 14 });
  t.same(around.paths, ['/demo/throttled', '/demo/victim', '/demo/neighbour']);
  t.equal(around.pageLines, 7);
});

t.test('the help is not cut at 80 columns', async (t) => {
  const widths = helpLines.map((line) => line.reduce((sum, { text }) => sum + text.length, 0));
  t.ok(Math.max(...widths) <= 80);
});

import t from 'tap';
import { formatBounds, renderContainerTable, renderTally } from '../../../cli/render/container-table.ts';
import { paintLine, paintLines } from '../../../cli/render/line.ts';
import { host, hostLedgerOf, ledgerOf, service, victim } from '../ledger-rows.ts';

const draw = (columns: number, selectedPath?: string): string =>
  paintLines(
    renderContainerTable(host.containers, { columns, ...(selectedPath !== undefined && { selectedPath }) }),
    false,
  );

t.test('at 60 columns', async (t) => {
  t.equal(
    draw(60),
    `\
CONTAINER         RESERVED  RECEIVED     GAP  VERDICT
sshd.service             -      0.01       -  no reservation
demo/neighbour        0.50      0.69    0.00  borrowing
shop/web~p/nginx      0.25      0.05    0.00  satisfied
demo/victim           1.50      1.30   ~0.20  contended
demo/throttled        1.00      0.40    0.60  throttled, bad
`,
  );
});

t.test('at 80 columns', async (t) => {
  t.equal(
    draw(80),
    `\
CONTAINER                   RESERVED  RECEIVED     GAP      WAIT  VERDICT
sshd.service                       -      0.01       -         -  no reservation
demo/neighbour                  0.50      0.69    0.00      41ms  borrowing
shop/web-5d9c7-x2x1p/nginx      0.25      0.05    0.00         -  satisfied
demo/victim                     1.50      1.30   ~0.20     2.3ms  contended
demo/throttled                  1.00      0.40    0.60         -  throttled, bad
`,
  );
});

t.test('at 120 columns', async (t) => {
  t.equal(
    draw(120),
    `\
CONTAINER                   RESERVED  RECEIVED  ENTITLED     GAP  OF RESERVED   WHY                 WAIT  VERDICT
sshd.service                       -      0.01         -       -                                       -  no reservation
demo/neighbour                  0.50      0.69      0.50    0.00  ============                      41ms  borrowing
shop/web-5d9c7-x2x1p/nginx      0.25      0.05      0.05    0.00  ==..........                         -  satisfied
demo/victim                     1.50      1.30      1.50   ~0.20  ==========##  sharing 85%        2.3ms  contended
demo/throttled                  1.00      0.40      1.00    0.60  =====#######  throttled 100%         -  throttled, bad
`,
  );
});

t.test('at 200 columns', async (t) => {
  t.equal(
    draw(200),
    `\
CONTAINER                   RESERVED  RECEIVED  ENTITLED     GAP  BOUNDS       OF RESERVED               WHY                          PHANTOM      WAIT  THROTTLED  VERDICT
sshd.service                       -      0.01         -       -                                                                            -         -          -  no reservation
demo/neighbour                  0.50      0.69      0.50    0.00               ========================                                  0.00      41ms          -  borrowing
shop/web-5d9c7-x2x1p/nginx      0.25      0.05      0.05    0.00               =====...................                                  0.00         -          -  satisfied
demo/victim                     1.50      1.30      1.50   ~0.20  0.12-0.24    =====================###  sharing 85% self 15%            0.01     2.3ms          -  contended
demo/throttled                  1.00      0.40      1.00    0.60               ==========##############  throttled 100%                  0.00         -        80%  throttled, bad
`,
  );
});

t.test('with a cursor', async (t) => {
  const lines = draw(60, victim.path).split('\n');
  t.match(lines[0], /^ {2}CONTAINER/);
  t.same(
    lines.filter((line) => line.startsWith('>')).map((line) => line.split(/\s+/)[1]),
    ['demo/victim'],
  );
});

t.test('bounds only where they tell more than the estimate', async (t) => {
  const rows: readonly (readonly [number, number, number, number, string])[] = [
    [0.2, 0.2, 0.2, 1, ''],
    [0.195, 0.2, 0.21, 1, ''],
    [0.1, 0.2, 0.3, 1, '0.10-0.30'],
    [1.95, 2, 2.1, 1, ''],
    [0, 0, 0.5, 1, '0.00-0.50'],
    [0.5, 1, 1.5, 5, '0.10-0.30'],
  ];
  for (const [low, estimate, high, seconds, text] of rows) {
    t.equal(formatBounds({ low, estimate, high }, seconds), text, `${low} ${estimate} ${high}`);
  }
});

t.test('a name cannot act on the terminal', async (t) => {
  const hostile = ledgerOf({ name: 'web\u001b[2J\nroot' });
  t.match(paintLines(renderContainerTable([hostile], { columns: 80 }), false), /web\?\[2J\?root/);
});

t.test('the tally', async (t) => {
  const tally = (ledger: typeof host): string => paintLine(renderTally(ledger), false);
  t.equal(tally(host), '5 containers, 4 with a reservation, 2 short of it');
  t.equal(tally(hostLedgerOf(service)), '1 container, 0 with a reservation');
  t.equal(
    tally(hostLedgerOf(ledgerOf({ name: 'a', reserved: 1, received: 1 }))),
    '1 container, 1 with a reservation, none short of it',
  );
});

t.test('behind whom it waited most, where the source can tell', async (t) => {
  const exact = ledgerOf({
    name: 'victim',
    source: 'exact',
    reserved: 1.5,
    received: 1.3,
    gap: 0.2,
    offenders: [
      { cgroupId: 9n, path: '/n', name: 'neighbour', waitSeconds: 0.45 },
      { cgroupId: 1n, waitSeconds: 0.03 },
    ],
    offendersRestSeconds: 0.02,
  });
  const text = (columns: number): string =>
    renderContainerTable([exact], { columns })
      .map((line) => line.map((part) => part.text).join(''))
      .join('\n');
  t.match(text(200), /BEHIND[^]*neighbour 90%/);
  t.notMatch(text(80), 'BEHIND');
});

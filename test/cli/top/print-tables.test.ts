import t from 'tap';
import type { ObservedWindow } from '../../../cli/observed-window.ts';
import { printWindows, type PrintOptions } from '../../../cli/top/print-tables.ts';
import type { HostLedger } from '../../../ledger/ledger.ts';
import { fakeIo } from '../fake-io.ts';
import { host, hostLedgerOf } from '../ledger-rows.ts';
import { sampleOf } from '../sample-rows.ts';

const options: PrintOptions = { json: false, sort: 'gap', filter: '' };

async function print(changes: Partial<PrintOptions> = {}, ledger: HostLedger = host) {
  const window: ObservedWindow = { previous: sampleOf(0, []), sample: sampleOf(1, []), ledger };
  async function* windows(): AsyncGenerator<ObservedWindow> {
    for (;;) yield await Promise.resolve(window);
  }
  const io = fakeIo();
  const count = await printWindows(windows(), { ...options, count: 2, ...changes }, io);
  return { count, text: io.outText() };
}

t.test('table after table', async (t) => {
  const { count, text } = await print();
  t.equal(count, 2);
  const [first, second] = text.split('\n\n2 CPUs');
  t.match(first, /^2 CPUs: 1\.96 busy.*\n5 containers.*\n\nCONTAINER .*VERDICT\ndemo\/throttled /);
  t.match(second, /: 1\.96 busy/);
});

t.test('filtered, and empty', async (t) => {
  const { text } = await print({ count: 1, filter: 'demo', sort: 'name' });
  t.same(
    [...text.matchAll(/^demo\/\w+/gm)].map(([name]) => name),
    ['demo/neighbour', 'demo/throttled', 'demo/victim'],
  );
  t.match((await print({ count: 1, filter: 'zzz' })).text, 'No container matches "zzz"');
  t.match((await print({ count: 1 }, hostLedgerOf())).text, 'cpugap doctor');
});

t.test('one ledger per line as JSON', async (t) => {
  const { text } = await print({ json: true });
  const lines = text.trimEnd().split('\n');
  t.equal(lines.length, 2);
  const document = JSON.parse(lines[0] ?? '') as HostLedger;
  t.equal(document.onlineCpuCount, 2);
  t.match(
    document.containers.find(({ path }) => path === '/demo/victim'),
    {
      cgroupId: 7,
      received: 1.3,
      gap: { estimate: 0.2, low: 0.12, high: 0.24 },
      verdict: { kind: 'contended' },
    },
  );
});

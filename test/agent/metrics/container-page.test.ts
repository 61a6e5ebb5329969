import t from 'tap';
import { formatContainerBlocks, formatLabels } from '../../../agent/metrics/container-page.ts';
import { accumulate, emptyTotals, type Totals } from '../../../agent/sampling/totals.ts';
import { containerLedger, hostLedger } from '../../support/ledger-literal.ts';
import { fc } from '../../support/properties.ts';

const formatContainerPage = (totals: Totals, node: string): string =>
  [...formatContainerBlocks(totals, node)].join('');

t.test('escapes what would end a label value', async (t) => {
  t.equal(formatLabels({ a: 'x"y', b: 'x\\y', c: 'x\ny', d: 'ü' }), 'a="x\\"y",b="x\\\\y",c="x\\ny",d="ü"');
});

t.test('leaves out labels without a value', async (t) => {
  t.equal(formatLabels({ namespace: undefined, pod: '', container: 'c' }), 'container="c"');
});

t.test('any label value comes back', async () => {
  const unescape = (text: string): string =>
    text.replace(/\\(.)/gs, (_, c: string) => (c === 'n' ? '\n' : c));
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'binary' }), (value) => {
      const match = /^a="((?:[^"\\\n]|\\["\\n])*)"$/su.exec(formatLabels({ a: value }));
      return match !== null && unescape(match[1] ?? '') === value;
    }),
  );
});

t.test('no containers, no page', async (t) => {
  t.equal(formatContainerPage(emptyTotals, 'n'), '');
});

t.test('sums are written to the nanosecond, without the noise of doubles', async (t) => {
  const limits = { maxContainers: 1, keepGoneSeconds: 0 };
  const window = hostLedger([containerLedger({ received: 0.1 })]);
  const totals = [window, window, window].reduce((sum, w) => accumulate(sum, w, limits), emptyTotals);
  t.match(formatContainerPage(totals, 'n'), /usage_seconds_total\{container="web",node="n"\} 0\.3\n/);
});

import t from 'tap';
import { parseCpuacctUsage, parseCpuacctUsagePercpu } from '../../kernel/cpuacct.ts';
import { refusalOf } from '../support/refusal.ts';

t.test('parses usage', async (t) => {
  t.equal(parseCpuacctUsage('123146997343\n', 'p'), 123146997343n);
  t.equal(parseCpuacctUsage('0\n', 'p'), 0n);
  t.equal(parseCpuacctUsage('16156800000000000123\n', 'p'), 16156800000000000123n);
});

t.test('parses usage per CPU', async (t) => {
  t.strictSame(parseCpuacctUsagePercpu('62384813546 60763583652 \n', 'p'), [62384813546n, 60763583652n]);
  t.strictSame(parseCpuacctUsagePercpu('63113904000000001 0\n', 'p'), [63113904000000001n, 0n]);
});

t.test('refuses other shapes', async (t) => {
  for (const text of ['', '\n', '1 2\n', 'user 9666\n']) {
    t.equal(refusalOf(() => parseCpuacctUsage(text, 'p')).expected, 'an unsigned 64-bit number', text);
  }
  for (const text of ['', '\n', '1  2 \n', '1 \n2 \n', '1\t2']) {
    t.equal(refusalOf(() => parseCpuacctUsagePercpu(text, 'p')).line, 1, JSON.stringify(text));
  }
});

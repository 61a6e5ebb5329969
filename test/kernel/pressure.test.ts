import t from 'tap';
import { parsePressure } from '../../kernel/pressure.ts';
import type { Pressure } from '../../kernel/sample.ts';
import { refusalOf } from '../support/refusal.ts';

const some = 'some avg10=0.03 avg60=0.54 avg300=0.67 total=11651565\n';
const full = 'full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n';

t.test('parses totals as nanoseconds', async (t) => {
  const rows: [name: string, text: string, expected: Pressure][] = [
    ['Linux 6.18', some + full, { someNs: 11651565000n, fullNs: 0n }],
    ['Linux 4.20, without full', some, { someNs: 11651565000n }],
    ['another order, another line', `odd total=x\n${full}${some}`, { someNs: 11651565000n, fullNs: 0n }],
    ['another field at the end', 'some total=5 max=7\n', { someNs: 5000n }],
    ['two years', 'some avg10=99.00 total=63113904000000\n', { someNs: 63113904000000000n }],
  ];
  for (const [name, text, expected] of rows) t.strictSame(parsePressure(text, 'p'), expected, name);
});

t.test('refuses what is not pressure', async (t) => {
  const rows: [text: string, line: number, expected: string, found: string][] = [
    ['', 1, 'a line "some ... total=NUMBER"', 'end of text'],
    [full, 2, 'a line "some ... total=NUMBER"', 'end of text'],
    ['some avg10=0.03\n', 1, 'total=NUMBER', 'some avg10=0.03'],
    [`${some}full avg10=0.00 total=-1\n`, 2, 'an unsigned 64-bit number', '-1'],
    ['some total=\n', 1, 'an unsigned 64-bit number', ''],
    ['some total=1\r\n', 1, 'an unsigned 64-bit number', '1\r'],
  ];
  for (const [text, line, expected, found] of rows) {
    t.strictSame(
      refusalOf(() => parsePressure(text, 'p')),
      { path: 'p', line, expected, found },
      JSON.stringify(text),
    );
  }
});

import t from 'tap';
import { counterOf, parseCounter, parseWhole } from '../../kernel/decimal.ts';
import { fc } from '../support/properties.ts';
import { refusalOf } from '../support/refusal.ts';

const notNumbers = ['', ' ', '-1', '+1', '1 ', ' 1', '1.0', '1e3', '0x10', '1_000', '１', 'NaN', '1\n'];

t.test('reads every 64-bit counter', async (t) => {
  fc.assert(fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (value) => counterOf(`${value}`) === value));
  t.equal(counterOf('00012'), 12n);
  t.equal(counterOf('999999999999999'), 999999999999999n);
  t.equal(counterOf('9007199254740993'), 9007199254740993n);
  t.equal(counterOf('18446744073709551615'), 18446744073709551615n);
});

t.test('refuses what is no counter', async (t) => {
  for (const field of [...notNumbers, '18446744073709551616', '000000000000000000001']) {
    t.equal(counterOf(field), undefined, JSON.stringify(field));
  }
  t.strictSame(
    refusalOf(() => parseCounter('x', 'p', 4)),
    { path: 'p', line: 4, expected: 'an unsigned 64-bit number', found: 'x' },
  );
});

t.test('keeps whole numbers inside their bounds', async (t) => {
  t.equal(parseWhole('9007199254740991', 'p', 1), 2 ** 53 - 1);
  t.equal(parseWhole('1', 'p', 1, 1, 10_000), 1);
  t.equal(parseWhole('10000', 'p', 1, 1, 10_000), 10_000);
  for (const field of [...notNumbers, '0', '10001']) {
    t.strictSame(
      refusalOf(() => parseWhole(field, 'p', 2, 1, 10_000)),
      { path: 'p', line: 2, expected: 'a whole number from 1 to 10000', found: field },
    );
  }
  t.equal(refusalOf(() => parseWhole('9007199254740992', 'p', 1)).found, '9007199254740992');
});

import t from 'tap';
import { counterAt, differenceBetween, halvesOf, putCounter } from '../../kernel/counter-column.ts';
import { fc } from '../support/properties.ts';

const counter = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });

t.test('differences and values are what BigInt says, as near as a double comes', async (t) => {
  fc.assert(
    fc.property(counter, counter, (a, b) => {
      const [before, after] = [new BigUint64Array([0n, a]), new BigUint64Array([b])];
      const difference = differenceBetween(halvesOf(before), 1, halvesOf(after), 0);
      const exact = Number(b - a);
      t.ok(Math.abs(difference - exact) <= Math.abs(exact) * 2 ** -52);
      t.equal(counterAt(halvesOf(after), 0), Number(b));
    }),
  );
});

t.test('after two years of uptime a nanosecond still counts', async (t) => {
  const twoYearsNs = 63_072_000_000_000_001n;
  const columns = [twoYearsNs, twoYearsNs + 1n, twoYearsNs - 1n].map((value) =>
    halvesOf(new BigUint64Array([value])),
  );
  const [now, later, earlier] = columns as [Uint32Array, Uint32Array, Uint32Array];
  t.equal(differenceBetween(now, 0, later, 0), 1);
  t.equal(differenceBetween(now, 0, earlier, 0), -1);
});

t.test('a column may be a part of a larger buffer', async (t) => {
  const part = new BigUint64Array([1n, 2n, 5_000_000_000n]).subarray(2);
  t.equal(counterAt(halvesOf(part), 0), 5_000_000_000);
});

t.test('a number that is put is the number that stands there', async (t) => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const column = new BigUint64Array(2);
      putCounter(halvesOf(column), 1, value);
      return column[0] === 0n && column[1] === BigInt(value);
    }),
  );
  t.pass('holds');
});

import t from 'tap';
import { keyedCount, keyedCounter, required } from '../../kernel/flat-keyed.ts';
import { refusalOf } from '../support/refusal.ts';

const text = 'usage_usec 121103063\nnice_usec x\nnr_periods 9007199254740992\nthrottled_usec 7';

t.test('looks values up by whole key', async (t) => {
  t.equal(keyedCounter(text, 'p', 'usage_usec'), 121103063n);
  t.equal(keyedCounter(text, 'p', 'throttled_usec'), 7n);
  t.equal(keyedCount(text, 'p', 'throttled_usec'), 7);
  for (const key of ['usage', 'usec', 'sage_usec', 'usage_usec 121103063']) {
    t.equal(keyedCounter(text, 'p', key), undefined, key);
    t.equal(keyedCount(text, 'p', key), undefined, key);
  }
});

t.test('refuses a value that is no number, with its line', async (t) => {
  t.strictSame(
    refusalOf(() => keyedCounter(text, 'p', 'nice_usec')),
    { path: 'p', line: 2, expected: 'an unsigned 64-bit number', found: 'x' },
  );
});

t.test('refuses a count that a double cannot hold', async (t) => {
  t.strictSame(
    refusalOf(() => keyedCount(text, 'p', 'nr_periods')),
    { path: 'p', line: 3, expected: 'a number up to 9007199254740991', found: '9007199254740992' },
  );
});

t.test('refuses the lack of a required key', async (t) => {
  const value = (key: string): bigint => required(keyedCounter(text, 'p', key), text, 'p', key);
  t.equal(value('usage_usec'), 121103063n);
  t.strictSame(
    refusalOf(() => value('burst_usec')),
    { path: 'p', line: 5, expected: 'a line "burst_usec NUMBER"', found: 'end of text' },
  );
});

import t from 'tap';
import { counted, listed, printable, shorten, wrapWords } from '../../../cli/render/words.ts';
import { fc } from '../../support/properties.ts';

const anyText = fc
  .array(fc.integer({ min: 0, max: 0x10ffff }))
  .map((codePoints) => String.fromCodePoint(...codePoints));

t.test('what a terminal would act on becomes a question mark', async (t) => {
  t.equal(printable('web\u001b[31m-1\u0007'), 'web?[31m-1?');
  t.equal(printable('a\nb\tc'), 'a?b?c');
  t.equal(printable('\u202etxt\u200b'), '?txt?');
  t.equal(printable('größe-1'), 'größe-1');
  fc.assert(
    fc.property(anyText, (text) => {
      // eslint-disable-next-line no-control-regex -- these are what must not come out
      return !/[\u0000-\u001f\u007f-\u009f]/.test(printable(text));
    }),
  );
});

t.test('a name is cut in the middle', async (t) => {
  t.equal(shorten('shop/web-5d9c7/nginx', 20), 'shop/web-5d9c7/nginx');
  t.equal(shorten('shop/web-5d9c7/nginx', 11), 'shop/~nginx');
  t.equal(shorten('abcdef', 3), 'abc');
  t.equal(shorten('abcdef', 0), '');
  fc.assert(
    fc.property(
      fc.string(),
      fc.nat({ max: 40 }),
      (text, columns) => shorten(text, columns).length <= columns,
    ),
  );
});

t.test('wrapping keeps every word and the width', async (t) => {
  t.same(wrapWords('one two three', 7), ['one two', 'three']);
  t.same(wrapWords('one two three', 7, '  '), ['one two', '  three']);
  t.same(wrapWords('extraordinarily long', 4), ['extraordinarily', 'long']);
  t.same(wrapWords('', 10), ['']);
  const words = fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1 });
  fc.assert(
    fc.property(words, fc.integer({ min: 10, max: 60 }), (list, columns) => {
      const lines = wrapWords(list.join(' '), columns);
      return lines.join(' ') === list.join(' ') && lines.every((line) => line.length <= columns);
    }),
  );
});

t.test('counts and lists', async (t) => {
  t.equal(counted(1, 'container'), '1 container');
  t.equal(counted(0, 'container'), '0 containers');
  t.equal(listed([]), '');
  t.equal(listed(['a']), 'a');
  t.equal(listed(['a', 'b']), 'a and b');
  t.equal(listed(['a', 'b', 'c']), 'a, b and c');
});

import t from 'tap';
import { parsePattern } from '../../host/path-pattern.ts';
import { fc } from '../support/properties.ts';

const rows: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
  ['/demo/victim', '/demo/victim', true],
  ['/demo/victim', '/demo/victim/child', false],
  ['/demo/victim', '/demo', false],
  ['/demo/*', '/demo/victim', true],
  ['/demo/*', '/demo/a/b', false],
  ['/demo/*', '/demo', false],
  ['/demo/v*m', '/demo/victim', true],
  ['/demo/v*m', '/demo/vim', true],
  ['/demo/v*m', '/demo/victims', false],
  ['/demo/**', '/demo', true],
  ['/demo/**', '/demo/a/b/c', true],
  ['/demo/**', '/demonic', false],
  ['**/web', '/web', true],
  ['**/web', '/a/b/web', true],
  ['**/web', '/a/b/webs', false],
  ['/a/**/z', '/a/z', true],
  ['/a/**/z', '/a/b/c/z', true],
  ['/a/**/*.service', '/a/b/x.service', true],
  ['/a.b', '/axb', false],
  [String.raw`/sys\x2da.service`, String.raw`/sys\x2da.service`, true],
  ['/[a]', '/a', false],
  ['/***', '/anything', true],
  ['nginx.service', 'nginx.service', true],
  ['nginx*', 'nginx.service', true],
  ['*/web', 'shop/web', true],
  ['shop/*', 'shop/a/b', true],
  ['web', 'website', false],
];

for (const [pattern, text, matches] of rows) {
  t.test(`${pattern} ${matches ? 'matches' : 'does not match'} ${text}`, async (t) => {
    t.equal(parsePattern(pattern).matches(text), matches);
  });
}

t.test('kind', async (t) => {
  t.equal(parsePattern('/a').kind, 'path');
  t.equal(parsePattern('**/a').kind, 'path');
  t.equal(parsePattern('*a').kind, 'name');
});

t.test('any text without a star matches itself and nothing else', async (t) => {
  const text = fc.string({ unit: 'binary' }).filter((each) => !each.includes('*'));
  fc.assert(
    fc.property(text, text, (pattern, other) => {
      const parsed = parsePattern(pattern);
      return parsed.matches(pattern) && (pattern === other || !parsed.matches(other));
    }),
  );
  t.pass('holds');
});

import t from 'tap';
import { parseKeys } from '../../../cli/top/keys.ts';
import { fc } from '../../support/properties.ts';

t.test('keys of a terminal', async (t) => {
  const rows: readonly (readonly [bytes: string, kinds: readonly string[]])[] = [
    ['q', ['q']],
    ['\u001b[A\u001bOB', ['up', 'down']],
    ['\u001b[5~\u001b[6~', ['page-up', 'page-down']],
    ['\u001b[H\u001b[F\u001b[1~\u001b[4~', ['home', 'end', 'home', 'end']],
    ['\u001b', ['escape']],
    ['\r\n', ['enter', 'enter']],
    ['\u007f\u0015\u0003\u000c', ['backspace', 'clear-line', 'interrupt', 'redraw']],
    ['ab/', ['a', 'b', '/']],
    ['ö🙂', ['ö', '🙂']],
    ['\u001b[15~\u001b[1;5C\u001b[200~x', ['x']],
    ['\u0001\u001a', []],
    ['', []],
  ];
  for (const [bytes, kinds] of rows) {
    t.same(
      parseKeys(bytes).map((key) => (key.kind === 'character' ? key.character : key.kind)),
      kinds,
      JSON.stringify(bytes),
    );
  }
});

t.test('any input is keys, and no character is a control character', async () => {
  fc.assert(
    fc.property(fc.string(), (bytes) =>
      parseKeys(bytes).every((key) => key.kind !== 'character' || key.character >= ' '),
    ),
  );
});

import t from 'tap';
import { parseTidList } from '../../kernel/tid-list.ts';
import { fc } from '../support/properties.ts';
import { refusalOf } from '../support/refusal.ts';

t.test('parses text and bytes alike', async (t) => {
  const rows: [text: string, tids: number[]][] = [
    ['', []],
    ['1\n', [1]],
    ['1\n4711', [1, 4711]],
    ['0\n0\n12\n', [0, 0, 12]],
    ['30\n2\n30\n', [30, 2, 30]],
    ['4194304\n4294967295\n', [4194304, 4294967295]],
  ];
  for (const [text, tids] of rows) {
    t.strictSame(parseTidList(text, 'p'), Uint32Array.from(tids), JSON.stringify(text));
    t.strictSame(
      parseTidList(Buffer.from(text), 'p'),
      Uint32Array.from(tids),
      `${JSON.stringify(text)}, bytes`,
    );
  }
});

t.test('parses any list of any length', async (t) => {
  fc.assert(
    fc.property(fc.uint32Array({ maxLength: 300 }), (tids) => {
      const text = Array.from(tids, (tid) => `${tid}\n`).join('');
      const parsed = parseTidList(Buffer.from(text), 'p');
      return parsed.length === tids.length && parsed.every((tid, index) => tid === tids[index]);
    }),
  );
  t.pass('holds');
});

t.test('refuses other shapes', async (t) => {
  const rows: [text: string, line: number, found: string][] = [
    ['\n', 1, ''],
    ['1\n\n', 2, ''],
    ['1\n\n2\n', 2, ''],
    ['1\n2x\n', 2, '2x'],
    ['1 \n', 1, '1 '],
    ['-1\n', 1, '-1'],
    ['4294967296\n', 1, '4294967296'],
    [`${'9'.repeat(400)}\n`, 1, `${'9'.repeat(77)}...`],
    ['1\n１\n', 2, '１'],
  ];
  for (const [text, line, found] of rows) {
    t.strictSame(
      refusalOf(() => parseTidList(text, 'p')),
      { path: 'p', line, expected: 'a thread number', found },
      JSON.stringify(text),
    );
  }
  t.equal(refusalOf(() => parseTidList(Uint8Array.of(0x31, 0x0a, 0xff), 'p')).line, 2);
});

import t from 'tap';
import { createLog, type LogFormat } from '../../agent/log.ts';

function linesOf(format: LogFormat, message: string, fields = {}): readonly string[] {
  const lines: string[] = [];
  const log = createLog(format, { wallTimeMs: () => 1_800_000_000_000 }, (line) => lines.push(line));
  log.info(message, fields);
  log.warn(message);
  log.error(message);
  return lines;
}

t.test('text for people', async (t) => {
  t.same(linesOf('text', 'it begins', { path: '/a', name: 'a b', count: 2, harmful: true }), [
    '2027-01-15T08:00:00.000Z info it begins path=/a name="a b" count=2 harmful=true\n',
    '2027-01-15T08:00:00.000Z warn it begins\n',
    '2027-01-15T08:00:00.000Z error it begins\n',
  ]);
});

t.test('JSON for programs', async (t) => {
  const [first = ''] = linesOf('json', 'it begins', { count: 2 });
  t.same(JSON.parse(first), {
    time: '2027-01-15T08:00:00.000Z',
    level: 'info',
    message: 'it begins',
    count: 2,
  });
});

t.test('one line each, and nothing that a terminal would obey', async (t) => {
  for (const format of ['text', 'json'] as const) {
    for (const line of linesOf(format, 'a\nb\u001b[2Jc\r', { name: '\n' })) {
      t.equal(line.indexOf('\n'), line.length - 1);
      t.ok(Buffer.from(line.slice(0, -1)).every((byte) => byte >= 32));
    }
  }
});

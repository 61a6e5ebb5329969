import t from 'tap';
import {
  CaptureFormatError,
  formatCapture,
  parseCapture,
  type CapturedEntry,
  type CapturedReading,
} from '../../host/capture-format.ts';
import { fc } from '../support/properties.ts';

const file = (text: string): CapturedEntry => ({ kind: 'file', text });
const dir = (inode: bigint): CapturedEntry => ({ kind: 'dir', inode });
const reading = (entries: Record<string, CapturedEntry>, monotonicNs = 1n): CapturedReading => ({
  monotonicNs,
  wallTimeMs: 2,
  isScrubbed: false,
  entries: new Map(Object.entries(entries)),
});

const inOrder = ({ monotonicNs, wallTimeMs, isScrubbed, entries }: CapturedReading) => ({
  monotonicNs,
  wallTimeMs,
  isScrubbed,
  entries: [...entries].sort(([a], [b]) => (a < b ? -1 : 1)),
});

t.test('one text for two readings; the second says only what changed', async (t) => {
  const first = reading({
    'proc/stat': file('cpu 1\n'),
    'cgroup/cpu/a': dir(7n),
    'cgroup/cpu/a/cpu.idle': file(''),
    'cgroup/cpu/a/x': file('==> not a heading <==\n\\ and this\nno newline'),
    'cgroup/cpu/b': dir(8n),
  });
  const second = reading(
    { 'proc/stat': file('cpu 2\n'), 'cgroup/cpu/a': dir(7n), 'cgroup/cpu/a/cpu.idle': file('\n') },
    3n,
  );
  const text = [
    'cpugap capture 1',
    '==> reading monotonic_ns=1 wall_time_ms=2 scrubbed=no <==',
    '==> dir inode=7 cgroup/cpu/a <==',
    '==> file cgroup/cpu/a/cpu.idle <==',
    '==> file-without-newline cgroup/cpu/a/x <==',
    '\\==> not a heading <==',
    '\\\\ and this',
    'no newline',
    '==> dir inode=8 cgroup/cpu/b <==',
    '==> file proc/stat <==',
    'cpu 1',
    '==> reading monotonic_ns=3 wall_time_ms=2 scrubbed=no <==',
    '==> file cgroup/cpu/a/cpu.idle <==',
    '',
    '==> gone cgroup/cpu/a/x <==',
    '==> gone cgroup/cpu/b <==',
    '==> file proc/stat <==',
    'cpu 2',
    '',
  ].join('\n');
  t.equal(formatCapture([first, second]), text);
  t.strictSame(parseCapture(text), [first, second]);
});

t.test('whatever is captured comes back', async (t) => {
  const name = fc
    .oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.constantFrom('a\nb', '\\012', 'x <==', '==> file', 'inode=3'),
    )
    .filter((each) => each !== '.' && each !== '..' && !/[\0/]/.test(each) && each.isWellFormed());
  const path = fc
    .tuple(fc.constantFrom('proc', 'sys', 'cgroup'), fc.array(name, { minLength: 1, maxLength: 3 }))
    .map(([root, names]) => [root, ...names].join('/'));
  const entry = fc.oneof(
    fc.string({ unit: 'binary' }).map(file),
    fc.array(fc.constantFrom('==>', '\\', '\n', 'x', ' <==')).map((parts) => file(parts.join(''))),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(dir),
  );
  const entries = fc.array(fc.tuple(path, entry)).map((pairs) => new Map(pairs));
  const readings = fc.array(
    fc.record({
      monotonicNs: fc.bigInt({ min: 0n, max: 2n ** 63n }),
      wallTimeMs: fc.nat(),
      isScrubbed: fc.boolean(),
      entries,
    }),
    { maxLength: 3 },
  );
  fc.assert(
    fc.property(readings, (each) => {
      t.strictSame(parseCapture(formatCapture(each)).map(inOrder), each.map(inOrder));
    }),
  );
});

const head = 'cpugap capture 1\n==> reading monotonic_ns=1 wall_time_ms=2 scrubbed=no <==\n';
const bad: readonly (readonly [why: string, text: string, line: number])[] = [
  ['empty', '', 1],
  ['something else', 'hello\n', 1],
  ['a later version', 'cpugap capture 2\n', 1],
  ['cut', `${head}==> file proc/stat <==\ncpu`, 4],
  ['text before a heading', `${head}hello\n`, 3],
  ['text below a folder', `${head}==> dir inode=1 proc/a <==\nhello\n`, 4],
  ['an entry before a reading', 'cpugap capture 1\n==> file proc/stat <==\n', 2],
  ['an unknown heading', `${head}==> link proc/a -> /etc/passwd <==\n`, 3],
  ['a negative inode', `${head}==> dir inode=-1 proc/a <==\n`, 3],
  ['up and out', `${head}==> file proc/../../etc/passwd <==\n`, 3],
  ['up and out, escaped', `${head}==> file proc/\\056\\056/\\056\\056/x <==\n`, 3],
  ['absolute', `${head}==> file /etc/passwd <==\n`, 3],
  ['another root', `${head}==> file etc/passwd <==\n`, 3],
  ['a root itself', `${head}==> file proc <==\n`, 3],
  ['an empty segment', `${head}==> file proc//stat <==\n`, 3],
  ['a dot', `${head}==> dir inode=1 sys/./a <==\n`, 3],
  ['NUL', `${head}==> gone sys/\\000 <==\n`, 3],
];
for (const [why, text, line] of bad) {
  t.test(`refuses: ${why}`, async (t) => {
    t.throws(() => parseCapture(text), {
      name: 'CaptureFormatError',
      message: new RegExp(`^capture, line ${line}: `),
    });
  });
}

t.test('throws nothing but its error on any text', async (t) => {
  const lines = fc.array(
    fc.oneof(
      fc.string(),
      fc.constantFrom(
        'cpugap capture 1',
        '==> reading monotonic_ns=1 wall_time_ms=2 scrubbed=no <==',
        '==> dir inode=1 proc/a <==',
        '==> file proc/a <==',
        '==> gone proc/a <==',
        '==> ',
      ),
    ),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        lines.map((each) => each.join('\n')),
        lines.map((each) => `${head}${each.join('\n')}\n`),
      ),
      (text) => {
        try {
          parseCapture(text);
          return true;
        } catch (error) {
          return error instanceof CaptureFormatError;
        }
      },
    ),
  );
  t.pass('holds');
});

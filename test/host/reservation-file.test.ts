import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parseReservations } from '../../host/reservation-entries.ts';
import { ReservationFile } from '../../host/reservation-file.ts';
import { ReservationFileError } from '../../host/reservation-file-error.ts';
import type { ReservationSubject } from '../../host/reservation-source.ts';
import { FaultyCalls } from '../support/faulty-calls.ts';
import { fc } from '../support/properties.ts';

const folder = mkdtempSync(join(tmpdir(), 'cpugap-reservations-'));
t.teardown(() => {
  rmSync(folder, { recursive: true });
});
const path = join(folder, 'reservations.yaml');
const subject = (cgroupPath: string, identity = {}): ReservationSubject => ({
  path: cgroupPath,
  identity: { kind: 'cgroup', name: cgroupPath, ...identity },
  online: { cpus: [0, 1] },
});
const shown = (text: string) =>
  parseReservations(text, 'r.yaml').map(({ patternText, cores, name, line }) => [
    patternText,
    cores,
    name,
    line,
  ]);

const good: readonly (readonly [why: string, text: string, expected: unknown])[] = [
  ['empty', '', []],
  ['only a comment', '# nothing yet\n', []],
  ['null', '~\n', []],
  [
    'mapping',
    '# who\n/demo/victim: 1.5\n"/demo/*": { cores: 0.5, name: other }\nnginx.service:\n  cores: 2\n',
    [
      ['/demo/victim', 1.5, undefined, 2],
      ['/demo/*', 0.5, 'other', 3],
      ['nginx.service', 2, undefined, 4],
    ],
  ],
  [
    'list',
    '- match: /demo/victim\n  cores: 1.5\n- { match: "**/web", cores: 0, name: web }\n',
    [
      ['/demo/victim', 1.5, undefined, 1],
      ['**/web', 0, 'web', 3],
    ],
  ],
  [
    'JSON keeps the order of its keys',
    '{\n  "/b": 2,\n  "1": 1,\n  "/a": { "cores": 3 }\n}\n',
    [
      ['/b', 2, undefined, 2],
      ['1', 1, undefined, 3],
      ['/a', 3, undefined, 4],
    ],
  ],
  ['JSON list', '[{"match":"/a","cores":1}]', [['/a', 1, undefined, 1]]],
  ['a name that YAML takes for a number', '3e5: 1\n', [['3e5', 1, undefined, 1]]],
];
for (const [why, text, expected] of good) {
  t.test(why, async (t) => {
    t.strictSame(shown(text), expected);
  });
}

const bad: readonly (readonly [why: string, text: string, message: RegExp])[] = [
  ['text', 'hello\n', /^r.yaml:1:1: expected a mapping of patterns/],
  ['no number', '/a: 1\n/b: many\n', /^r.yaml:2:5: expected a number of CPUs from 0/],
  ['quoted number', '/a: "1"\n', /^r.yaml:1:5: expected a number of CPUs/],
  ['negative', '/a: -1\n', /^r.yaml:1:5: expected a number of CPUs/],
  ['not a number', '/a: .nan\n', /^r.yaml:1:5: expected a number of CPUs/],
  ['too many', '/a: .inf\n', /^r.yaml:1:5: expected a number of CPUs/],
  ['no value', '/a:\n', /^r.yaml:1:\d: expected a number of CPUs/],
  ['no cores', '/a: { name: x }\n', /^r.yaml:1:5: expected a number of CPUs/],
  ['unknown key', '/a: { cores: 1, core: 2 }\n', /^r.yaml:1:17: expected only the keys cores, name$/],
  ['twice', '/a: 1\n/b: 2\n/a: 3\n', /^r.yaml:3:1: this pattern stands here twice$/],
  ['list of numbers', '- 1\n', /^r.yaml:1:3: expected \{ match, cores, name \}$/],
  ['list without match', '- cores: 1\n', /^r.yaml:1:3: expected a pattern/],
  ['list as pattern', '? [a]\n: 1\n', /^r.yaml:1:3: expected a pattern/],
  ['empty pattern', '"": 1\n', /^r.yaml:1:1: expected a pattern/],
  ['alias', '/a: &x 1\n/b: *x\n', /^r.yaml:2:5: expected a number of CPUs/],
  ['unquoted star', '/a: 1\n*/web: 1\n', /^r.yaml:2:\d+: .*/],
  ['broken YAML', '/a: 1\n  b: [\n', /^r.yaml:\d+:\d+: not YAML: /],
  ['broken JSON', '{"/a": 1,\n "/b" 2}', /^r.yaml:2:\d+: /],
  ['two documents', '/a: 1\n---\n/b: 1\n', /^r.yaml:2:1: not YAML: /],
];
for (const [why, text, message] of bad) {
  t.test(`refuses: ${why}`, async (t) => {
    t.throws(() => shown(text), { name: 'ReservationFileError', message });
  });
}

t.test('throws nothing but its error on any text', async (t) => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc
      .array(
        fc.constantFrom('/a', ': ', '1', '\n', '- ', '{', '}', '[', '*', '"', '&x', '#', '  ', '? ', '|'),
      )
      .map((parts) => parts.join('')),
    fc.json(),
  );
  fc.assert(
    fc.property(text, (each) => {
      try {
        parseReservations(each, 'r');
        return true;
      } catch (error) {
        return error instanceof ReservationFileError;
      }
    }),
    { numRuns: 400 },
  );
  t.pass('holds');
});

t.test('the first entry that matches is believed, and says where it stands', async (t) => {
  writeFileSync(path, '/demo/victim: 1.5\n/demo/*: 0.5\nweb: { cores: 2, name: the web }\nshop/*: 3\n');
  const file = new ReservationFile(path);
  t.strictSame(file.reservationFor(subject('/demo/victim')), {
    cores: 1.5,
    source: 'reservations.yaml:1 "/demo/victim"',
  });
  t.strictSame(file.reservationFor(subject('/demo/x')), {
    cores: 0.5,
    source: 'reservations.yaml:2 "/demo/*"',
  });
  t.equal(file.reservationFor(subject('/elsewhere')), undefined);
  const web = subject('/kubepods/x', { pod: 'p', container: 'web', namespace: 'shop' });
  t.equal(file.reservationFor(web)?.cores, 2);
  t.equal(file.identityFor(web)?.name, 'the web');
  t.equal(file.reservationFor(subject('/kubepods/y', { pod: 'shop', container: 'db' }))?.cores, 3);
  t.equal(file.identityFor(subject('/demo/x')), undefined);
  t.ok(file.names('/demo/x'));
  t.notOk(file.names('web'), 'a name pattern names no cgroup');
});

t.test('follows the file; while it is wrong or away, the last good one holds', async (t) => {
  writeFileSync(path, '/a: 1\n');
  const file = new ReservationFile(path);
  const cores = () => file.reservationFor(subject('/a'))?.cores;
  t.equal(file.refresh(), false);
  writeFileSync(path, '/a: 22\n');
  t.equal(file.refresh(), true);
  t.equal(cores(), 22);
  writeFileSync(path, '/a: many\n');
  for (let tick = 0; tick < 2; tick += 1) {
    t.throws(() => file.refresh(), {
      message: `${path}:1:5: expected a number of CPUs from 0 to 65536, such as 1.5`,
    });
    t.equal(cores(), 22);
  }
  rmSync(path);
  t.throws(() => file.refresh(), { message: `${path}: there is no such file` });
  t.equal(cores(), 22);
  writeFileSync(`${path}.new`, '/a: 3\n');
  renameSync(`${path}.new`, path);
  t.equal(file.refresh(), true);
  t.equal(cores(), 3);
  t.equal(file.refresh(), false);
});

t.test('a file that is wrong to begin with is refused', async (t) => {
  t.throws(() => new ReservationFile(join(folder, 'none')), { name: 'ReservationFileError' });
  writeFileSync(path, '/a: x\n');
  t.throws(() => new ReservationFile(path), { name: 'ReservationFileError' });
  const calls = new FaultyCalls();
  calls.failAlways('open', 'EACCES');
  t.throws(() => new ReservationFile(path, calls), { name: 'HostReadError' });
  writeFileSync(path, `#${'x'.repeat(4 * 1024 * 1024)}\n`);
  t.throws(() => new ReservationFile(path), { message: /larger than/ });
});

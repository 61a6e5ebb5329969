import { mkdtempSync, readdirSync, rmSync, writeFileSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { nodeFileCalls, type FileCalls } from '../../host/file-calls.ts';
import { HostReadError } from '../../host/host-read-error.ts';
import { PseudoFilePool } from '../../host/pseudo-file.ts';
import { errno, FaultyCalls } from '../support/faulty-calls.ts';

const folder = mkdtempSync(join(tmpdir(), 'cpugap-pseudo-file-'));
t.teardown(() => {
  rmSync(folder, { recursive: true });
});
const fileWith = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const countOpenDescriptors = (): number => readdirSync('/proc/self/fd').length;

t.test('reads text again and again through one descriptor', async (t) => {
  const path = fileWith('counter', 'usage_usec 1\n');
  const pool = new PseudoFilePool();
  const file = pool.file(path);
  t.equal(file.readText(), 'usage_usec 1\n');
  writeFileSync(path, 'usage_usec 22\n');
  t.equal(file.readText(), 'usage_usec 22\n');
  t.match(pool.stats(), { opens: 1, reads: 2, openDescriptors: 1, failures: 0 });
  pool.close();
  t.equal(pool.stats().openDescriptors, 0);
});

t.test('empty text is text; a missing file is absent', async (t) => {
  const pool = new PseudoFilePool();
  t.equal(pool.file(fileWith('empty', '')).readText(), '');
  t.equal(pool.file(join(folder, 'nowhere')).readText(), undefined);
  t.equal(pool.file(join(folder, 'empty', 'below-a-file')).readText(), undefined);
  t.equal(pool.stats().failures, 0);
  pool.close();
});

t.test('text longer than the buffer, and text that comes in short pieces', async (t) => {
  const long = `${'x'.repeat(99)}\n`.repeat(1000);
  const path = fileWith('long', long);
  for (const most of [1, 7, 100, 4096, 65_536]) {
    const short: FileCalls = {
      ...nodeFileCalls,
      read: (fd, into, offset, length, position) =>
        nodeFileCalls.read(fd, into, offset, Math.min(length, position < 1024 ? 1024 : most), position),
    };
    const pool = new PseudoFilePool({ calls: short });
    t.equal(pool.file(path).readText(), long, `${most} bytes at a time`);
    pool.close();
  }
});

t.test('a read cut inside a line goes on', async (t) => {
  const path = fileWith('cut', 'usage_usec 123456\n');
  const cut: FileCalls = {
    ...nodeFileCalls,
    read: (fd, into, offset, length, position) =>
      nodeFileCalls.read(fd, into, offset, Math.min(5, length), position),
  };
  const pool = new PseudoFilePool({ calls: cut });
  t.equal(pool.file(path).readText(), 'usage_usec 123456\n');
  pool.close();
});

const outcomes = [
  ['ENOENT', 'absent'],
  ['ENOTDIR', 'absent'],
  ['ENODEV', 'absent'],
  ['ESRCH', 'absent'],
  ['EOPNOTSUPP', 'absent'],
  ['EACCES', 'denied'],
  ['EPERM', 'denied'],
  ['EIO', 'failed'],
  ['EINVAL', 'failed'],
] as const;
for (const [code, outcome] of outcomes) {
  t.test(`${code} is ${outcome}`, async (t) => {
    const path = fileWith('any', 'x\n');
    for (const call of ['open', 'read'] as const) {
      const calls = new FaultyCalls();
      const pool = new PseudoFilePool({ calls });
      const file = pool.file(path);
      calls.failAlways(call, code);
      if (outcome === 'absent') {
        t.equal(file.readText(), undefined);
      } else {
        const error = thrownBy(() => file.readText());
        t.ok(error instanceof HostReadError);
        t.match(error, { kind: outcome, code, path, cause: { code } });
      }
      pool.close();
      t.equal(calls.openDescriptors, 0);
    }
  });
}

t.test('whichever call fails, the outcome is right and no descriptor leaks', async (t) => {
  const path = fileWith('fault', 'x\n');
  const before = countOpenDescriptors();
  for (const code of ['EIO', 'ENODEV', 'EACCES', 'ENOENT', 'EMFILE'] as const) {
    for (let failing = 1; failing <= 8; failing += 1) {
      const calls = new FaultyCalls();
      calls.failNth(failing, code);
      const pool = new PseudoFilePool({ calls, limit: 1, retryPasses: 0 });
      const files = [pool.file(path), pool.file(path)];
      for (let pass = 0; pass < 3; pass += 1) {
        pool.beginPass();
        for (const file of files) {
          const text = textOrError(() => file.readText());
          t.ok(
            text === 'x\n' || text === undefined || text instanceof HostReadError,
            `${code} at ${failing}`,
          );
        }
      }
      pool.beginPass();
      t.equal(files[0]?.readText(), 'x\n', `reads on after ${code} at call ${failing}`);
      pool.close();
      t.equal(calls.openDescriptors, 0, `${code} at call ${failing}`);
    }
  }
  t.equal(countOpenDescriptors(), before);
});

t.test('a stale descriptor is opened anew within the same read', async (t) => {
  const path = fileWith('stale', 'old\n');
  const calls = new FaultyCalls();
  const pool = new PseudoFilePool({ calls });
  const file = pool.file(path);
  file.readText();
  writeFileSync(path, 'new\n');
  calls.failNext('read', 'ENODEV');
  t.equal(file.readText(), 'new\n');
  t.equal(pool.opens, 2);
  t.equal(calls.openDescriptors, 1);
  pool.close();
});

t.test('a kept descriptor that fails otherwise is an error, and the next read opens anew', async (t) => {
  const calls = new FaultyCalls();
  const pool = new PseudoFilePool({ calls });
  const file = pool.file(fileWith('broken', 'x\n'));
  file.readText();
  calls.failNext('read', 'EIO');
  t.match(
    thrownBy(() => file.readText()),
    { code: 'EIO' },
  );
  t.equal(calls.openDescriptors, 0);
  t.equal(file.readText(), 'x\n');
  pool.close();
});

t.test('a missing or forbidden file is asked for again only after some passes', async (t) => {
  for (const code of ['ENOENT', 'EACCES'] as const) {
    const calls = new FaultyCalls();
    const pool = new PseudoFilePool({ calls, retryPasses: 3 });
    const file = pool.file(fileWith('later', 'here\n'));
    calls.failNext('open', code);
    const seen: unknown[] = [];
    for (let pass = 0; pass < 5; pass += 1) {
      pool.beginPass();
      const text = textOrError(() => file.readText());
      seen.push(text instanceof HostReadError ? text.code : text);
    }
    const missing = code === 'ENOENT' ? undefined : code;
    t.strictSame(seen, [missing, missing, missing, 'here\n', 'here\n']);
    t.equal(pool.opens, 2);
    pool.close();
  }
});

t.test('keeps at most the limit, and those that it keeps stay kept', async (t) => {
  const calls = new FaultyCalls();
  const pool = new PseudoFilePool({ calls, limit: 3 });
  const files = ['a', 'b', 'c', 'd', 'e'].map((name) => pool.file(fileWith(name, `${name}\n`)));
  for (let pass = 0; pass < 10; pass += 1) {
    pool.beginPass();
    t.strictSame(
      files.map((file) => file.readText()),
      ['a\n', 'b\n', 'c\n', 'd\n', 'e\n'],
    );
    t.equal(pool.stats().openDescriptors, 3);
    t.equal(calls.openDescriptors, 3);
  }
  t.equal(pool.opens, 3 + 10 * 2);
  pool.close();
  t.equal(calls.openDescriptors, 0);
});

t.test('a file that is no longer read gives way', async (t) => {
  const pool = new PseudoFilePool({ limit: 1 });
  const first = pool.file(fileWith('first', '1\n'));
  const second = pool.file(fileWith('second', '2\n'));
  pool.beginPass();
  first.readText();
  for (let pass = 0; pass < 3; pass += 1) {
    pool.beginPass();
    second.readText();
  }
  t.equal(pool.opens, 3, 'kept from the second pass without the first file on');
  pool.close();
});

t.test('closes what nobody reads for long', async (t) => {
  const pool = new PseudoFilePool({ idlePasses: 5 });
  const read = pool.file(fileWith('read', '1\n'));
  for (let at = 0; at < 20; at += 1) pool.file(fileWith(`idle${at}`, '1\n')).readText();
  for (let pass = 0; pass < 40; pass += 1) {
    pool.beginPass();
    read.readText();
  }
  t.equal(pool.stats().openDescriptors, 1);
  pool.close();
});

t.test('out of descriptors: gives some back and goes on with fewer', async (t) => {
  const calls = new FaultyCalls();
  const pool = new PseudoFilePool({ calls, limit: 100 });
  for (let at = 0; at < 8; at += 1) pool.file(fileWith(`many${at}`, '1\n')).readText();
  calls.failNext('open', 'EMFILE');
  t.equal(pool.file(fileWith('one-more', '1\n')).readText(), '1\n');
  t.match(pool.stats(), { limit: 6, openDescriptors: 6 });
  t.equal(calls.openDescriptors, 6);
  pool.close();
});

t.test('a growing file is read whole each time', async (t) => {
  const path = fileWith('growing', '');
  const pool = new PseudoFilePool();
  const file = pool.file(path);
  let expected = '';
  for (let line = 0; line < 300; line += 1) {
    appendFileSync(path, `${line} ${'y'.repeat(line)}\n`);
    expected += `${line} ${'y'.repeat(line)}\n`;
    t.equal(file.readText(), expected);
  }
  pool.close();
});

function thrownBy(read: () => unknown): unknown {
  try {
    read();
  } catch (error) {
    return error;
  }
  throw errno('ENOERROR');
}

function textOrError(read: () => string | undefined): unknown {
  try {
    return read();
  } catch (error) {
    return error;
  }
}

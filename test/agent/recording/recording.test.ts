import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import t from 'tap';
import type { RecordingHeader } from '../../../agent/recording/recording-format.ts';
import { RecordingReader, type RecordingEnding } from '../../../agent/recording/recording-reader.ts';
import { RecordingWriter } from '../../../agent/recording/recording-writer.ts';
import { Observer, observeAll } from '../../../agent/sampling/observer.ts';
import { KernelTextError } from '../../../kernel/kernel-text-error.ts';
import type { Sample } from '../../../kernel/sample.ts';
import { fc } from '../../support/properties.ts';
import { samplePair } from '../../support/sample-pair.ts';

const header: RecordingHeader = {
  format: 'cpugap-recording',
  formatVersion: 1,
  cpugapVersion: '0.1.0',
  node: 'node-1',
  intervalMs: 1000,
  startedWallTimeMs: 1_800_000_000_000,
};

const [first, second] = samplePair({
  cpus: [[1, 0]],
  containers: [{ path: '/victim', reserved: 1, received: 0.7, some: 0.3, threads: [[0.7, 0.3, 10]] }],
});

async function record(path: string, samples: readonly Sample[] = [first, second]): Promise<void> {
  const writer = await RecordingWriter.open({ path, header });
  for (const sample of samples) await writer.write(sample);
  await writer.close();
}

async function read(
  path: string,
): Promise<{ samples: readonly Sample[]; ending: RecordingEnding | undefined }> {
  const reader = await RecordingReader.open(path);
  const samples: Sample[] = [];
  for await (const sample of reader.samples()) samples.push(sample);
  return { samples, ending: reader.ending };
}

for (const name of ['r.jsonl', 'r.jsonl.gz']) {
  t.test(`${name}: what was written is read`, async (t) => {
    const path = join(t.testdir(), name);
    await record(path);
    const { samples, ending } = await read(path);
    t.same(samples, [first, second]);
    t.same(ending, { samples: 2 });
    t.same((await RecordingReader.open(path)).header, header);
  });

  t.test(`${name}: every sample is in the file before the next is taken`, async (t) => {
    const path = join(t.testdir(), name);
    const writer = await RecordingWriter.open({ path, header });
    await writer.write(first);
    await writer.write(second);
    const { samples, ending } = await read(path);
    t.same(samples, [first, second]);
    t.match(ending?.cut, /no last line/);
    await writer.close();
    t.equal(writer.samples, 2);
    t.equal(writer.bytes, statSync(path).size);
  });

  t.test(`${name}: cut anywhere, it gives the whole samples and says that it was cut`, async (t) => {
    const path = join(t.testdir(), name);
    await record(
      path,
      Array.from({ length: 5 }, () => first),
    );
    const bytes = readFileSync(path);
    for (let size = bytes.length - 1; size > 400; size -= 97) {
      truncateSync(path, size);
      const { samples, ending } = await read(path).catch((error: unknown) => {
        t.ok(error instanceof KernelTextError, 'the header itself was cut');
        return { samples: [], ending: { samples: 0, cut: 'all' } };
      });
      t.same(
        samples.map((sample) => sample.monotonicNs),
        samples.map(() => first.monotonicNs),
      );
      t.equal(ending?.samples, samples.length);
      // The last bytes of a gzip are its checksum; what it unzips to may be whole without them.
      if (ending?.cut === undefined) t.ok(name.endsWith('.gz') && size > bytes.length - 30, `cut at ${size}`);
    }
  });
}

t.test('a full disk is the error of the write that met it', async (t) => {
  await t.rejects(RecordingWriter.open({ path: '/dev/full', header }), { code: 'ENOSPC' });
});

t.test('a kill loses at most the last sample', async (t) => {
  const path = join(t.testdir(), 'killed.jsonl.gz');
  const source = (module: string): string =>
    JSON.stringify(new URL(`../../../${module}`, import.meta.url).href);
  const script = `
    import { RecordingWriter } from ${source('agent/recording/recording-writer.ts')};
    import { samplePair } from ${source('test/support/sample-pair.ts')};
    const writer = await RecordingWriter.open({ path: ${JSON.stringify(path)}, header: ${JSON.stringify(header)} });
    const [sample] = samplePair({ cpus: [[1, 0]], containers: [] });
    for (let n = 0; n < 20; n += 1) await writer.write(sample);
    process.stdout.write('written');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const { samples, ending } = await read(path);
  t.ok(samples.length >= 19);
  t.match(ending?.cut, /no last line/);
});

t.test('ends at a size or after a time', async (t) => {
  const dir = t.testdir();
  const sized = await RecordingWriter.open({ path: join(dir, 'sized'), header, maxBytes: 1500 });
  const reached = [await sized.write(first), await sized.write(first), await sized.write(first)];
  t.same(reached.at(-1), 'size');
  t.equal(reached[0], undefined);
  await sized.close();
  const timed = await RecordingWriter.open({ path: join(dir, 'timed'), header, durationSeconds: 1 });
  t.same([await timed.write(first), await timed.write(second)], [undefined, 'duration']);
  await timed.close();
});

t.test('a file that cannot be made is the system error', async (t) => {
  await t.rejects(RecordingWriter.open({ path: join(t.testdir(), 'no', 'x'), header }), { code: 'ENOENT' });
  await t.rejects(RecordingReader.open(join(t.testdir(), 'absent')), { code: 'ENOENT' });
});

const refusals: readonly (readonly [string, string | Buffer, RegExp])[] = [
  ['an empty file', '', /:1: expected the header of a cpugap recording/],
  ['other JSON', '{"a":1}\n', /:1: expected the header of a cpugap recording/],
  ['another version', '{"format":"cpugap-recording","formatVersion":2}\n', /:1: expected the header/],
  ['an empty gzip', gzipSync(''), /:1: expected the header of a cpugap recording/],
  ['no gzip behind the first bytes', Buffer.from([0x1f, 0x8b, 0, 0, 0, 0]), /:1: expected gzipped text/],
];

t.test('refuses what is no recording, with the line', async (t) => {
  const path = join(t.testdir(), 'x');
  for (const [name, content, message] of refusals) {
    writeFileSync(path, content);
    await t.rejects(RecordingReader.open(path), { name: 'KernelTextError', message }, name);
  }
});

t.test('a whole line that is wrong is refused with its number', async (t) => {
  const path = join(t.testdir(), 'r.jsonl');
  await record(path);
  const lines = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, [lines[0], lines[1], '{"formatVersion":1}', lines[2], ''].join('\n'));
  await t.rejects(read(path), { name: 'KernelTextError', path, line: 3 });
});

t.test('a last line that promises more samples than there are says so', async (t) => {
  const path = join(t.testdir(), 'r.jsonl');
  await record(path);
  writeFileSync(path, readFileSync(path, 'utf8').replace('"samples":2', '"samples":3'));
  t.same((await read(path)).ending, { samples: 2, cut: '3 samples were written' });
});

t.test('any bytes give samples or the typed error', async (t) => {
  const path = join(t.testdir(), 'any');
  await record(path);
  const good = readFileSync(path);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.nat(good.length), async (bytes, at) => {
      writeFileSync(path, Buffer.concat([good.subarray(0, at), bytes]));
      await read(path).catch((error: unknown) => {
        if (!(error instanceof KernelTextError)) throw error;
      });
    }),
    { numRuns: 60 },
  );
});

t.test('gzipped files are gzip to other programs too', async (t) => {
  const path = join(t.testdir(), 'r.jsonl.gz');
  await record(path);
  t.equal(gunzipSync(readFileSync(path)).toString().split('\n').length, 5);
  t.equal(execFileSync('gzip', ['-t', path], { encoding: 'utf8' }), '');
});

t.test('a replay gives the ledgers that were given live', async (t) => {
  const path = join(t.testdir(), 'r.jsonl.gz');
  await record(path);
  const live = new Observer({ maxContainers: 10 });
  const ledgers = [first, second].map((sample) => live.observe(sample).ledger);
  const replayed = [];
  const reader = await RecordingReader.open(path);
  for await (const { ledger } of observeAll(reader.samples(), new Observer({ maxContainers: 10 }))) {
    replayed.push(ledger);
  }
  t.same(replayed, ledgers);
});

t.test('reading may stop early', async (t) => {
  const path = join(t.testdir(), 'r.jsonl');
  await record(path);
  const reader = await RecordingReader.open(path);
  for await (const sample of reader.samples()) {
    t.equal(sample.monotonicNs, first.monotonicNs);
    break;
  }
  await reader.close();
  t.equal(reader.ending, undefined);
});

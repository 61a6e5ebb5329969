/** Recordings through the commands that replay them: the same table as live, cut files as far as they go. */
import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { RecordingWriter } from '../../agent/recording/recording-writer.ts';
import { listedCommands } from '../../cli/commands.ts';
import { runProgram } from '../../cli/program.ts';
import { deriveHostLedger } from '../../ledger/derive.ts';
import type { HostLedger } from '../../ledger/ledger.ts';
import { fakeIo } from './fake-io.ts';
import { sampleOf } from './sample-rows.ts';

const samples = [0, 1, 2, 3, 4].map((seconds) =>
  sampleOf(seconds, [
    { path: '/demo', shares: 1024, used: 2 * seconds },
    { path: '/demo/victim', shares: 1536, used: 1.3 * seconds, reserved: 1.5 },
    { path: '/demo/neighbour', shares: 512, used: 0.7 * seconds, reserved: 0.5 },
  ]),
);

async function record(folder: string): Promise<string> {
  const path = `${folder}/r.jsonl`;
  const writer = await RecordingWriter.open({
    path,
    header: {
      format: 'cpugap-recording',
      formatVersion: 1,
      cpugapVersion: '0',
      node: 'test',
      intervalMs: 1000,
      startedWallTimeMs: 0,
    },
  });
  for (const sample of samples) await writer.write(sample);
  await writer.close();
  return path;
}

async function run(...words: readonly string[]) {
  const io = fakeIo();
  const code = await runProgram(words, listedCommands, { version: '0', description: '' }, io);
  return { code, out: io.outText(), err: io.errText() };
}

t.test('replay', async (t) => {
  const path = await record(t.testdir({}));
  const all = await run('replay', path, '--json');
  t.match(all, { code: 0, err: '' });
  const ledgers = all.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as HostLedger);
  t.equal(ledgers.length, 4);
  const expected = deriveHostLedger(samples[0]!, samples[1]!);
  t.same(
    ledgers[0]?.containers.map(({ received, gap, verdict }) => ({ received, gap, verdict })),
    expected.containers.map(({ received, gap, verdict }) => ({ received, gap, verdict })),
    'the same as live',
  );
  t.match((await run('replay', path)).out, /window 1\.00s.*(\n.*)*window 1\.00s/);
  const once = await run('replay', path, '--once');
  t.equal(once.out.match(/window 1\.00s/g)?.length, 1);
  t.match(once.out, /14:05:04 UTC/, 'the last window');
  t.equal((await run('replay', path, '--json', '--from', '1s', '--to', '3s')).out.split('\n').length, 3);
  t.equal((await run('replay', path, '--json', '--from', '2026-07-01T14:05:03Z')).out.split('\n').length, 2);
});

t.test('a range with nothing in it', async (t) => {
  const path = await record(t.testdir({}));
  const { code, err } = await run('replay', path, '--from', '1h');
  t.equal(code, 4);
  t.match(err, /has no two readings to compare in that range: give a longer recording/);
});

t.test('a recording that was cut', async (t) => {
  const folder = t.testdir({});
  const path = await record(folder);
  const text = readFileSync(path, 'utf8');
  const thirdSample = text.split('\n').slice(0, 4).join('\n');
  writeFileSync(path, thirdSample.slice(0, -20));
  const { code, out, err } = await run('replay', path, '--json');
  t.equal(code, 0);
  t.equal(out.split('\n').length, 2);
  t.match(err, /^cpugap: replayed 1 window, as far as it goes: line 4 is cut in the middle\n$/);
});

t.test('files that are none', async (t) => {
  const folder = t.testdir({ text: 'hello\n', empty: '', capture: 'cpugap capture 1\nnonsense\n' });
  for (const [file, sentence] of [
    ['text', /expected the header of a cpugap recording.*Was it written by cpugap record/],
    ['empty', /expected the header/],
    ['capture', /Was it written by cpugap capture/],
    ['absent', /absent cannot be read \(ENOENT\)/],
  ] as const) {
    const { code, out, err } = await run('replay', `${folder}/${file}`);
    t.equal(code, 4, file);
    t.equal(out, '');
    t.match(err, sentence);
    t.equal(err.split('\n').length, 2, 'one line');
  }
});

t.test('other reservations for a recording', async (t) => {
  const folder = t.testdir({ 'reservations.yaml': '/demo/victim: { cores: 0.5, name: renamed }\n' });
  const path = await record(folder);
  const { out } = await run('replay', path, '--once', '--reservations', `${folder}/reservations.yaml`);
  t.match(out, /renamed +0\.50 +1\.30/);
});

t.test('explain from a recording', async (t) => {
  const path = await record(t.testdir({}));
  const note = await run('explain', 'victim', '--recording', path);
  t.match(note, { code: 0, err: '' });
  t.match(note.out, /4\.00s in 4 windows/);
  t.match(note.out, /It received 1\.30/);
  const document = JSON.parse((await run('explain', 'victim', '--recording', path, '--json')).out) as object;
  t.match(document, {
    path: '/demo/victim',
    windowCount: 4,
    sections: [],
    evidence: { container: { path: '/demo/victim' } },
  });
  t.match(await run('explain', 'demo', '--recording', path), {
    code: 5,
    err: /2 containers match "demo": \/demo\/neighbour.*\/demo\/victim/,
  });
  t.match(await run('explain', 'victum', '--recording', path), {
    code: 5,
    err: /Did you mean \/demo\/victim\?/,
  });
});

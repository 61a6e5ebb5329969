/** The command as a process, on the machine that runs the tests. */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { HostLedger } from '../../ledger/ledger.ts';

const script = fileURLToPath(new URL('../../cli/cpugap.js', import.meta.url));
const run = (words: readonly string[], nodeFlags: readonly string[] = []) =>
  spawnSync(process.execPath, [...nodeFlags, script, ...words], { encoding: 'utf8' });

t.test('an old Node is told so in one line', async (t) => {
  const pretend = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } })`;
  const { status, stdout, stderr } = run(['top'], ['--import', pretend]);
  t.equal(status, 3);
  t.equal(stdout, '');
  t.match(stderr, /^cpugap needs Node >= 22\.19; this is 20\.20\.2 \(.+\)\. Install .+\n$/);
  t.equal(stderr.split('\n').length, 2);
});

t.test('help and version', async (t) => {
  t.match(run(['--help']), { status: 0, stderr: '' });
  t.match(run(['--version']).stdout, /^\d+\.\d+\.\d+\n$/);
});

const canMeasure = run(['doctor', '--json']);
const why = canMeasure.status === 0 ? undefined : 'this host cannot be measured';
const skip = process.env['CI'] === 'true' ? false : (why ?? false);

t.test('doctor --json', async (t) => {
  const document = JSON.parse(canMeasure.stdout) as { canMeasure: boolean; findings: readonly object[] };
  t.equal(canMeasure.status, document.canMeasure ? 0 : 1);
  t.ok(document.findings.length > 5);
});

t.test('top --once --json', { skip }, async (t) => {
  const { status, stdout } = run(['top', '--once', '--json', '--interval', '200ms', '--runq', 'proc']);
  t.equal(status, 0);
  const ledger = JSON.parse(stdout) as HostLedger;
  t.ok(ledger.onlineCpuCount > 0);
  t.ok(ledger.windowSeconds > 0.1);
  t.ok(Array.isArray(ledger.containers));
});

t.test('record, replay and explain nothing', { skip }, async (t) => {
  const path = `${t.testdir({})}/r.jsonl.gz`;
  const recorded = run(['record', '-o', path, '--duration', '400ms', '--interval', '200ms', '--json']);
  t.match(recorded, { status: 0, stderr: `cpugap: recording to ${path}\n` });
  const { path: written, samples } = JSON.parse(recorded.stdout) as { path: string; samples: number };
  t.equal(written, path);
  t.ok(samples >= 2);
  t.equal(run(['replay', path, '--json']).stdout.trimEnd().split('\n').length, samples - 1);
  t.match(run(['explain', 'a-name-that-nobody-has']), { status: 5, stderr: /No container matches/ });
});

t.test('capture and replay it', { skip }, async (t) => {
  const path = `${t.testdir({})}/host.txt`;
  const captured = run(['capture', '-o', path, '--scrub', '--interval', '200ms', '--json']);
  t.match(captured, { status: 0, stderr: '' });
  t.match(JSON.parse(captured.stdout), { path, readings: 2, scrubbed: true });
  const replayed = run(['replay', path, '--json']);
  t.match(replayed, { status: 0, stderr: '' });
  t.ok((JSON.parse(replayed.stdout) as HostLedger).windowSeconds > 0.1);
});

t.test('a reader that goes away is no error', { skip }, async (t) => {
  const child = spawn(process.execPath, [script, 'top', '--interval', '100ms'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.on('close', resolve));
  t.equal(code, 0);
  t.equal(errors, '');
});

t.test('signals end it cleanly', { skip }, async (t) => {
  for (const [signal, expected] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const child = spawn(process.execPath, [script, 'top', '--interval', '100ms'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.once('data', () => child.kill(signal));
    const code = await new Promise((resolve) => child.on('close', resolve));
    t.equal(code, expected, signal);
  }
});

t.test('the agent says where it listens and ends with SIGTERM', { skip }, async (t) => {
  const child = spawn(process.execPath, [script, 'agent', '--listen', '127.0.0.1:0', '--runq', 'proc'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (text: Buffer) => {
    log += text.toString();
    if (log.includes('http://127.0.0.1:')) child.kill('SIGTERM');
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  t.equal(code, 0);
  t.match(log, /serving http:\/\/127\.0\.0\.1:\d+/);
});

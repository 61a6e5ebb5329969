import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { lockState } from '../../../tuner/state/state-lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'cpugap-lock-'));
t.teardown(() => {
  rmSync(folder, { recursive: true });
});

t.test('one at a time', async (t) => {
  const lock = await lockState(folder);
  await t.rejects(lockState(folder), { name: 'StateLockedError', path: `${folder}/lock` });
  t.ok(lock.isHeld());
  await lock.release();
  const next = await lockState(folder);
  t.ok(next.isHeld());
  await next.release();
});

t.test('who was killed holds it no more', async (t) => {
  const module = fileURLToPath(new URL('../../../tuner/state/state-lock.ts', import.meta.url));
  const program = `const { lockState } = await import(${JSON.stringify(module)}); await lockState(${JSON.stringify(folder)}); process.kill(process.pid, 'SIGKILL'); await new Promise(() => setTimeout(() => {}, 9999));`;
  t.equal(spawnSync(process.execPath, ['--input-type=module', '-e', program]).signal, 'SIGKILL');
  const lock = await lockState(folder);
  t.ok(lock.isHeld());
  rmSync(`${folder}/lock`);
  t.notOk(lock.isHeld(), 'a place that was taken is seen');
  await lock.release();
});

t.test('a folder that cannot be', async (t) => {
  await t.rejects(lockState(`${folder}/${'long'.repeat(30)}`), RangeError);
  await t.rejects(lockState('/proc/nowhere'), { code: /ENOENT|EACCES/ });
  const made = await lockState(`${folder}/new`);
  t.equal(statSync(`${folder}/new`).mode & 0o777, 0o700);
  await made.release();
});

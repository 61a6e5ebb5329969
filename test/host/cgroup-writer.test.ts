/** Against plain folders; test/kernel-live has the same against the kernel. */
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import t from 'tap';
import type { CgroupLayout } from '../../host/cgroup-layout.ts';
import {
  applyCgroupSettings,
  createCgroup,
  disableControllers,
  enableControllers,
  moveProcess,
  readAvailableControllers,
  removeCgroup,
} from '../../host/cgroup-writer.ts';
import { systemClock, type Clock } from '../../host/clock.ts';

const v2 = (root: string): CgroupLayout => ({
  version: 'v2',
  cpu: root,
  cpuacct: root,
  cpuset: root,
  pressure: root,
});

t.test('v2: writes what was asked, and reads it back', async (t) => {
  const root = t.testdir({
    a: { 'cpu.weight': '100\n', 'cpu.max': 'max 100000\n', 'cpuset.cpus': '\n', 'cgroup.procs': '' },
  });
  applyCgroupSettings(v2(root), '/a', {
    weight: { kind: 'weight', weight: 590 },
    quota: { quotaUsec: 123456, periodUsec: 100_000 },
    allowedCpus: { cpus: [0, 1, 2] },
  });
  // A plain file keeps what was longer before; a kernel file does not.
  t.equal(readFileSync(`${root}/a/cpu.weight`, 'utf8'), '590\n');
  t.equal(readFileSync(`${root}/a/cpu.max`, 'utf8'), '123456 100000');
  t.equal(readFileSync(`${root}/a/cpuset.cpus`, 'utf8'), '0-2');
  moveProcess(v2(root), '/a', 4711);
  t.equal(readFileSync(`${root}/a/cgroup.procs`, 'utf8'), '4711');
});

t.test('a value that does not stand there afterwards is an error', async (t) => {
  const root = t.testdir({ a: {} });
  symlinkSync('/dev/null', `${root}/a/cpu.weight`);
  t.throws(
    () => {
      applyCgroupSettings(v2(root), '/a', { weight: { kind: 'weight', weight: 59 } });
    },
    { name: 'CgroupWriteError', path: `${root}/a/cpu.weight`, wanted: 'write "59"', code: undefined },
  );
  symlinkSync('/dev/null', `${root}/a/cgroup.procs`);
  t.throws(
    () => {
      moveProcess(v2(root), '/a', 4711);
    },
    { name: 'CgroupWriteError', path: `${root}/a/cgroup.procs`, wanted: 'write "4711"', code: undefined },
  );
});

t.test('a write that is refused names the file, the value and the reason', async (t) => {
  const root = t.testdir({ a: {} });
  t.throws(
    () => {
      applyCgroupSettings(v2(root), '/a', { idle: true });
    },
    { name: 'CgroupWriteError', path: `${root}/a/cpu.idle`, wanted: 'write "1"', code: 'ENOENT' },
  );
  t.throws(
    () => {
      applyCgroupSettings({ version: 'v1', cpu: root }, '/a', { allowedCpus: { cpus: [0] } });
    },
    { name: 'CgroupWriteError', message: /cpuset controller is not mounted/ },
  );
});

t.test('a cgroup that cannot be set up is not left behind', async (t) => {
  const root = t.testdir({ cpu: {}, acct: {} });
  const layout: CgroupLayout = { version: 'v1', cpu: `${root}/cpu`, cpuacct: `${root}/acct` };
  t.throws(
    () => {
      createCgroup(layout, '/a', { weight: { kind: 'shares', shares: 2 } });
    },
    { code: 'ENOENT' },
  );
  t.notOk(existsSync(`${root}/cpu/a`));
  t.notOk(existsSync(`${root}/acct/a`));
  createCgroup(layout, '/a');
  createCgroup(layout, '/a/b');
  t.ok(existsSync(`${root}/acct/a/b`));
  t.throws(
    () => {
      createCgroup(layout, '/a');
    },
    { code: 'EEXIST' },
  );
  await removeCgroup(layout, '/a', systemClock);
  t.notOk(existsSync(`${root}/cpu/a`), 'removed with what was below it');
  t.notOk(existsSync(`${root}/acct/a`));
  await removeCgroup(layout, '/a', systemClock);
});

t.test('what keeps a cgroup from being removed is waited for only when it is a process', async (t) => {
  const root = t.testdir({ a: { file: '' } });
  const impatient: Clock = { ...systemClock, sleep: () => Promise.reject(new Error('it waited')) };
  await t.rejects(removeCgroup(v2(root), '/a', impatient), { name: 'CgroupWriteError', code: 'ENOTEMPTY' });
});

t.test('v2: controllers are passed on once, and taken back', async (t) => {
  const root = t.testdir({
    'cgroup.controllers': 'cpuset cpu io\n',
    'cgroup.subtree_control': 'cpu io cpuset\n',
  });
  t.same(readAvailableControllers(v2(root)), ['cpuset', 'cpu', 'io']);
  t.same(enableControllers(v2(root), '', ['cpu', 'cpuset']), [], 'they are there');
  disableControllers(v2(root), '', []);
  t.throws(() => enableControllers(v2(root), '', ['memory']), { name: 'CgroupWriteError', code: undefined });
});

t.test('v1: every mounted controller is there without asking', async (t) => {
  t.same(readAvailableControllers({ version: 'v1', cpu: '/c' }), ['cpu']);
  t.same(readAvailableControllers({ version: 'v1', cpu: '/c', cpuset: '/s' }), ['cpu', 'cpuset']);
  t.same(enableControllers({ version: 'v1', cpu: '/c' }, '', ['cpu']), []);
});

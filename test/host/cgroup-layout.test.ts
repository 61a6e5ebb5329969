import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { layoutOfMounts, readCgroupLayout } from '../../host/cgroup-layout.ts';
import { FaultyCalls } from '../support/faulty-calls.ts';

const mount = (mountPoint: string, fsType: string, superOptions: string[], root = '/') => ({
  mountPoint,
  root,
  fsType,
  superOptions: ['rw', ...superOptions],
});

const root = '/sys/fs/cgroup';
const unrelated = [mount('/', 'ext4', []), mount('/proc', 'proc', []), mount(root, 'tmpfs', [])];

t.test('by the mount table', async (t) => {
  t.strictSame(layoutOfMounts(root, [...unrelated, mount(root, 'cgroup2', ['nsdelegate'])]), {
    version: 'v2',
    cpu: root,
    cpuacct: root,
    cpuset: root,
    pressure: root,
    mountedFrom: '/',
  });
  const v1 = [
    ...unrelated,
    mount(`${root}/cpu,cpuacct`, 'cgroup', ['cpu', 'cpuacct']),
    mount(`${root}/cpuset`, 'cgroup', ['cpuset']),
    mount(`${root}/systemd`, 'cgroup', ['name=systemd']),
  ];
  t.strictSame(layoutOfMounts(root, v1), {
    version: 'v1',
    cpu: `${root}/cpu,cpuacct`,
    cpuacct: `${root}/cpu,cpuacct`,
    cpuset: `${root}/cpuset`,
    mountedFrom: '/',
  });
  t.match(layoutOfMounts(root, [...v1, mount(`${root}/unified`, 'cgroup2', [])]), {
    version: 'hybrid',
    pressure: `${root}/unified`,
  });
  t.strictSame(layoutOfMounts(root, [mount(`${root}/cpu`, 'cgroup', ['cpu'], '/docker/abc')]), {
    version: 'v1',
    cpu: `${root}/cpu`,
    mountedFrom: '/docker/abc',
  });
});

t.test('mounts elsewhere say nothing about this root', async (t) => {
  const elsewhere = [
    ...unrelated,
    mount('/sys/fs/cgroup2', 'cgroup2', []),
    mount('/other/cpu', 'cgroup', ['cpu']),
  ];
  t.equal(layoutOfMounts(root, elsewhere), undefined);
  t.equal(layoutOfMounts(root, [mount(`${root}/memory`, 'cgroup', ['memory'])]), undefined);
  t.match(layoutOfMounts('/host/cgroup', [mount('/host/cgroup', 'cgroup2', [])]), { cpu: '/host/cgroup' });
});

const folder = mkdtempSync(join(tmpdir(), 'cpugap-layout-'));
t.teardown(() => {
  rmSync(folder, { recursive: true });
});

const looks: readonly (readonly [
  why: string,
  folders: readonly string[],
  files: readonly string[],
  expected: unknown,
])[] = [
  ['v2', [], ['cgroup.controllers'], { version: 'v2', cpu: '' }],
  ['v1 apart', ['cpu', 'cpuacct', 'cpuset'], [], { version: 'v1', cpu: '/cpu', cpuacct: '/cpuacct' }],
  ['v1 together', ['cpu,cpuacct'], [], { version: 'v1', cpu: '/cpu,cpuacct', cpuacct: '/cpu,cpuacct' }],
  ['v1 the other way', ['cpuacct,cpu'], [], { version: 'v1', cpu: '/cpuacct,cpu', cpuacct: '/cpuacct,cpu' }],
  ['hybrid', ['cpu', 'unified'], ['unified/cgroup.controllers'], { version: 'hybrid', pressure: '/unified' }],
  ['an empty unified folder', ['cpu', 'unified'], [], { version: 'v1' }],
];
looks.forEach(([why, folders, files, expected], at) => {
  t.test(`by looking: ${why}`, async (t) => {
    const here = join(folder, `${at}`);
    mkdirSync(here);
    for (const each of folders) mkdirSync(join(here, each));
    for (const each of files) writeFileSync(join(here, each), 'cpu\n');
    const layout = readCgroupLayout({ proc: join(folder, 'no-proc'), sys: '/sys', cgroup: `${here}/` });
    t.match(
      Object.fromEntries(
        Object.entries(layout ?? {}).map(([key, value]) => [key, String(value).replace(here, '')]),
      ),
      expected,
    );
  });
});

t.test('a link to the pair is followed', async (t) => {
  const here = join(folder, 'linked');
  mkdirSync(join(here, 'cpu,cpuacct'), { recursive: true });
  symlinkSync('cpu,cpuacct', join(here, 'cpu'));
  t.equal(readCgroupLayout({ proc: folder, sys: '/sys', cgroup: here })?.cpu, join(here, 'cpu'));
});

t.test('a root that may not be looked into is told', async (t) => {
  const roots = { proc: '/nowhere', sys: '/nowhere', cgroup: '/nowhere' };
  const calls = new FaultyCalls();
  calls.failAlways('stat', 'EACCES');
  t.throws(() => readCgroupLayout(roots, calls), { name: 'HostReadError', code: 'EACCES' });
});

t.test('nothing there', async (t) => {
  t.equal(readCgroupLayout({ proc: folder, sys: '/sys', cgroup: join(folder, 'nowhere') }), undefined);
});

t.test('a mount table that cannot be read is told', async (t) => {
  const calls = new FaultyCalls();
  calls.failPath('mountinfo', 'EIO');
  t.throws(() => readCgroupLayout({ proc: '/proc', sys: '/sys', cgroup: '/sys/fs/cgroup' }, calls), {
    name: 'HostReadError',
  });
});

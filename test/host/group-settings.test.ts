import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { CgroupLayout } from '../../host/cgroup-layout.ts';
import { pathsDownTo, readGroupSettings } from '../../host/group-settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'cpugap-group-settings-'));
t.teardown(() => {
  rmSync(folder, { recursive: true });
});
const put = (group: string, files: Readonly<Record<string, string>>): void => {
  mkdirSync(join(folder, group), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, group, name), text);
};
const v2: CgroupLayout = { version: 'v2', cpu: `${folder}/v2`, cpuset: `${folder}/v2` };
const v1: CgroupLayout = { version: 'v1', cpu: `${folder}/cpu`, cpuset: `${folder}/cpuset` };
const withoutId = (group: ReturnType<typeof readGroupSettings>[number]): object => {
  const rest = { ...group };
  Reflect.deleteProperty(rest, 'cgroupId');
  return rest;
};

t.test('v2', async (t) => {
  put('v2/pod', {
    'cpu.weight': '79\n',
    'cpu.idle': '0\n',
    'cpu.max': '150000 100000\n',
    'cpu.max.burst': '1000\n',
    'cpuset.cpus': '\n',
    'cpuset.cpus.effective': '0-3\n',
    'cpuset.cpus.partition': 'root invalid (Cpu list in cpuset.cpus not exclusive)\n',
  });
  t.strictSame(readGroupSettings(v2, ['/pod', '/gone']).map(withoutId), [
    {
      path: '/pod',
      weight: { kind: 'weight', weight: 79 },
      idle: false,
      quota: { quotaUsec: 150_000, periodUsec: 100_000, burstUsec: 1000 },
      configuredCpus: { cpus: [] },
      effectiveCpus: { cpus: [0, 1, 2, 3] },
      partition: 'root',
    },
  ]);
});

t.test('v1, without what its kernel has not', async (t) => {
  put('cpu/pod', { 'cpu.shares': '1536\n', 'cpu.cfs_quota_us': '-1\n', 'cpu.cfs_period_us': '100000\n' });
  put('cpuset/pod', { 'cpuset.cpus': '0-1\n', 'cpuset.effective_cpus': '0-1\n' });
  t.strictSame(readGroupSettings(v1, ['/pod']).map(withoutId), [
    {
      path: '/pod',
      weight: { kind: 'shares', shares: 1536 },
      quota: { quotaUsec: 'max', periodUsec: 100_000 },
      configuredCpus: { cpus: [0, 1] },
      effectiveCpus: { cpus: [0, 1] },
    },
  ]);
});

t.test('what cannot be understood is not taken for absent', async (t) => {
  put('v2/odd', { 'cpuset.cpus.partition': 'whatever\n' });
  t.throws(() => readGroupSettings(v2, ['/odd']), { name: 'KernelTextError' });
});

t.test('the paths from a root down', async (t) => {
  t.strictSame(pathsDownTo(['/k/b/p/c', '/k/p2', '/elsewhere/c'], '/k'), [
    '/k',
    '/k/b',
    '/k/b/p',
    '/k/b/p/c',
    '/k/p2',
  ]);
  t.strictSame(pathsDownTo(['/a/b'], '/'), ['/a', '/a/b']);
});

import t from 'tap';
import { planControlWrites, type CgroupSettings } from '../../host/cgroup-settings.ts';
import type { CgroupVersion } from '../../kernel/sample.ts';

interface Row {
  readonly version: CgroupVersion;
  readonly settings: CgroupSettings;
  readonly writes: readonly string[];
}

const rows: readonly Row[] = [
  { version: 'v1', settings: {}, writes: [] },
  { version: 'v1', settings: { weight: { kind: 'shares', shares: 1536 } }, writes: ['cpu.shares=1536'] },
  { version: 'v2', settings: { weight: { kind: 'weight', weight: 59 } }, writes: ['cpu.weight=59'] },
  {
    version: 'hybrid',
    settings: { quota: { quotaUsec: 50_000, periodUsec: 100_000 } },
    writes: ['cpu.cfs_quota_us=-1', 'cpu.cfs_period_us=100000', 'cpu.cfs_quota_us=50000'],
  },
  {
    version: 'v1',
    settings: { quota: { quotaUsec: 'max', periodUsec: 20_000, burstUsec: 0 } },
    writes: ['cpu.cfs_burst_us=0', 'cpu.cfs_quota_us=-1', 'cpu.cfs_period_us=20000', 'cpu.cfs_burst_us=0'],
  },
  {
    version: 'v2',
    settings: { quota: { quotaUsec: 50_000, periodUsec: 100_000, burstUsec: 10_000 } },
    writes: ['cpu.max.burst=0', 'cpu.max=50000 100000', 'cpu.max.burst=10000'],
  },
  {
    version: 'v2',
    settings: { quota: { quotaUsec: 'max', periodUsec: 100_000 } },
    writes: ['cpu.max=max 100000'],
  },
  { version: 'v2', settings: { allowedCpus: { cpus: [0, 1, 4] } }, writes: ['cpuset.cpus=0-1,4'] },
  {
    version: 'v1',
    settings: { idle: false, weight: { kind: 'shares', shares: 2 } },
    writes: ['cpu.idle=0', 'cpu.shares=2'],
  },
  {
    version: 'v1',
    settings: { weight: { kind: 'shares', shares: 2 }, idle: true },
    writes: ['cpu.shares=2', 'cpu.idle=1'],
  },
];

t.test('what is written, in which order', async (t) => {
  for (const { version, settings, writes } of rows) {
    const plan = planControlWrites(version, settings);
    t.same(
      plan.map(({ file, text }) => `${file}=${text}`),
      writes,
    );
  }
});

t.test('what was written is recognised as the kernel shows it, and nothing else is', async (t) => {
  const shown: Readonly<Record<string, string>> = {
    'cpu.cfs_quota_us': '-1\n',
    'cpu.cfs_period_us': '100000\n',
    'cpu.shares': '1536\n',
    'cpu.idle': '1\n',
    'cpuset.cpus': '0-1\n',
  };
  const settings: CgroupSettings = {
    weight: { kind: 'shares', shares: 1536 },
    quota: { quotaUsec: 'max', periodUsec: 100_000 },
    allowedCpus: { cpus: [0, 1] },
    idle: true,
  };
  for (const { file, holds } of planControlWrites('v1', settings)) {
    t.ok(holds(shown[file] ?? '', file), file);
    t.notOk(holds('0\n', file), `${file} holds another value`);
  }
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { formatCpuSet } from '../../kernel/cpu-set.ts';
import { defaultRoots } from '../../host/roots.ts';
import { readTopology } from '../../host/topology-reader.ts';
import { FaultyCalls } from '../support/faulty-calls.ts';

const folder = mkdtempSync(join(tmpdir(), 'cpugap-topology-'));
t.teardown(() => {
  rmSync(folder, { recursive: true });
});
const put = (path: string, text: string): void => {
  const full = join(folder, 'devices/system', path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, `${text}\n`);
};

t.test('reads the folders of sysfs', async (t) => {
  put('cpu/online', '0-1,10');
  put('cpu/present', '0-2,10');
  put('cpu/isolated', '');
  put('cpu/cpufreq/boost', '1');
  for (const cpu of ['0', '1', '10']) {
    put(`cpu/cpu${cpu}/topology/physical_package_id`, '0');
    put(`cpu/cpu${cpu}/topology/thread_siblings_list`, cpu === '10' ? '10' : '0-1');
    put(`cpu/cpu${cpu}/cache/index0/level`, '2');
    put(`cpu/cpu${cpu}/cache/index0/type`, 'Unified');
    put(`cpu/cpu${cpu}/cache/index0/shared_cpu_list`, '0-1,10');
  }
  mkdirSync(join(folder, 'devices/system/cpu/cpu2'));
  put('node/node0/cpulist', '0-1,10');
  const topology = readTopology({ ...defaultRoots, sys: folder });
  t.equal(formatCpuSet(topology.offline), '2');
  t.strictSame(topology.cores, [
    { id: 0, cpus: { cpus: [0, 1] } },
    { id: 10, cpus: { cpus: [10] } },
  ]);
  t.strictSame(topology.lastLevelCaches, [{ id: 0, cpus: { cpus: [0, 1, 10] } }]);
  t.strictSame(topology.numaNodes, [{ id: 0, cpus: { cpus: [0, 1, 10] } }]);
});

t.test('no sysfs: nothing is known', async (t) => {
  t.strictSame(readTopology({ ...defaultRoots, sys: join(folder, 'nowhere') }).online, { cpus: [] });
});

t.test('a failing read is told, with its path', async (t) => {
  const calls = new FaultyCalls();
  calls.failPath('cpu1/topology/thread_siblings_list', 'EIO');
  t.throws(() => readTopology({ ...defaultRoots, sys: folder }, calls), {
    name: 'HostReadError',
    message: /thread_siblings_list: read failed \(EIO\)$/,
  });
  t.equal(calls.openDescriptors, 0);
});

t.test('this machine: every online CPU is in one core and one socket', async (t) => {
  const { online, cores, sockets } = readTopology(defaultRoots);
  t.ok(online.cpus.length >= availableParallelism());
  for (const groups of [cores, sockets]) {
    t.strictSame(
      groups.flatMap(({ cpus }) => cpus.cpus).sort((a, b) => a - b),
      online.cpus,
    );
  }
});

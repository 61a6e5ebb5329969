import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { CgroupTree, type CgroupNode } from '../../host/cgroup-tree.ts';
import { CollectorTally } from '../../host/collector-tally.ts';
import { readCgroupLayout } from '../../host/cgroup-layout.ts';
import { nodeFileCalls } from '../../host/file-calls.ts';
import { PseudoFilePool } from '../../host/pseudo-file.ts';
import { ListedThreads, threadFinder, WalkedThreads } from '../../host/thread-finder.ts';
import type { CgroupVersion } from '../../kernel/sample.ts';
import { FakeHost, StillClock } from '../support/fake-host.ts';

const [a, b] = ['/docker/'.concat('a'.repeat(64)), '/docker/'.concat('b'.repeat(64))] as const;

function open(t: Test, version: CgroupVersion) {
  const host = new FakeHost(version);
  const clock = new StillClock();
  const pool = new PseudoFilePool();
  const layout = readCgroupLayout(host.roots);
  if (!layout) throw new Error('no layout');
  const tally = new CollectorTally('threads', clock);
  const context = { layout, proc: host.roots.proc, pool, calls: nodeFileCalls, clock, tally };
  t.teardown(() => {
    pool.close();
    host.remove();
  });
  const nodes = (): Map<string, CgroupNode> => {
    const tree = new CgroupTree(layout.cpu, nodeFileCalls, { maxDepth: 9, maxCgroups: 99 }, () => undefined);
    tree.walk();
    return new Map([...tree.root.withDescendants()].map((node) => [node.path, node]));
  };
  return { host, clock, pool, tally, context, nodes };
}

function addProcess(host: FakeHost, pid: number, cgroup: string, tids: readonly number[]): void {
  host.put(`proc/${pid}/cgroup`, cgroup);
  for (const tid of tids) host.put(`proc/${pid}/task/${tid}/schedstat`, '1 1 1\n');
}

t.test('which way is chosen by what the proc root calls us', async (t) => {
  const { host, context } = open(t, 'v2');
  t.type(threadFinder(context, 7), ListedThreads, 'a captured host has no such link');
  symlinkSync('7', join(host.roots.proc, 'self'));
  t.type(threadFinder(context, 7), ListedThreads);
  t.type(threadFinder(context, 8), WalkedThreads);
});

t.test('listed: several cgroups, and one without a list', async (t) => {
  const { host, context, nodes, pool, tally } = open(t, 'v1');
  for (const path of [a, b]) host.addCgroup(path);
  host.putThreads(a, { 5: '1 1 1', 6: '1 1 1' });
  host.putThreads(b, { 7: '1 1 1' });
  const finder = new ListedThreads(context);
  const [nodeA, nodeB] = [nodes().get(a), nodes().get(b)] as [CgroupNode, CgroupNode];
  t.strictSame(finder.tidsOf([nodeA, nodeB]), [5, 6, 7]);
  finder.forget(nodeA);
  finder.forget(nodeB);
  t.equal(pool.stats().openDescriptors, 0);
  host.removeCgroupFile(a, 'tasks');
  t.equal(finder.tidsOf([nodeA]), undefined, 'no list is not an empty list');
  host.putCgroupFile(b, 'tasks', 'x\n');
  t.equal(finder.tidsOf([nodeB]), undefined);
  t.equal(tally.take().failures, 1);
});

t.test('walked: processes by their cgroup, as seen from our own cgroup namespace', async (t) => {
  const { host, clock, context, nodes } = open(t, 'v2');
  for (const path of [a, b, `${b}/inner`]) host.addCgroup(path);
  addProcess(host, 10, `0::${a}\n`, [10, 11]);
  addProcess(host, 20, `0::/../../docker/${'b'.repeat(64)}\n`, [20]);
  addProcess(host, 21, `0::/../${'b'.repeat(64)}/inner\n`, [21]);
  addProcess(host, 30, '0::/elsewhere\n', [30]);
  host.put('proc/40/task/40/schedstat', '1 1 1\n'); // gone before its cgroup could be read
  host.put('proc/cgroups', 'not a process');
  const finder = new WalkedThreads(context);
  const byPath = nodes();
  const tids = (...paths: string[]) => finder.tidsOf(paths.map((path) => byPath.get(path) as CgroupNode));
  t.strictSame(tids(a), [10, 11]);
  t.strictSame(tids(b, `${b}/inner`), [20, 21]);
  addProcess(host, 10, `0::${a}\n`, [12]);
  addProcess(host, 13, `0::${a}\n`, [13]);
  t.strictSame(tids(a), [10, 11], 'known for 2 s');
  clock.advance(2000);
  t.strictSame(tids(a), [10, 11, 12], 'threads again after 2 s');
  clock.advance(3000);
  t.strictSame(tids(a), [10, 11, 12, 13], 'processes again after 5 s');
});

t.test('walked on v1: the hierarchy of the cpu controller', async (t) => {
  const { host, context, nodes } = open(t, 'v1');
  host.addCgroup(a);
  addProcess(host, 10, `3:memory:/x\n2:cpu,cpuacct:${a}\n0::/y\n`, [10]);
  addProcess(host, 11, 'nonsense\n', [11]);
  const finder = new WalkedThreads(context);
  t.strictSame(finder.tidsOf([nodes().get(a) as CgroupNode]), [10]);
  t.equal(context.tally.take().failures, 1);
});

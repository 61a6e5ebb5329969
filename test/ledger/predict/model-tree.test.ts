import t from 'tap';
import { cpuSetOf } from '../../../kernel/cpu-set.ts';
import { treeOf } from '../../../ledger/predict/model-tree.ts';
import type { ModelHost } from '../../../ledger/predict/scheduler-model.ts';

const cpus = cpuSetOf([0, 1, 2, 3]);

t.test('parents before children, each with the CPUs that its ancestors leave it', async (t) => {
  const { groups, threads } = treeOf({
    cpus,
    groups: [
      { path: '/p2', shares: 4, idle: true },
      { path: '/p/deep/c', shares: 2, cpus: cpuSetOf([1, 3]) },
      { path: '/p', shares: 1, cpus: cpuSetOf([0, 1]) },
      { path: '/p/d', shares: 3, cpus: cpuSetOf([3]) },
    ],
    threads: [
      { group: '/p/deep/c', program: { kind: 'spin' }, cpu: 1 },
      { group: '/p/d', program: { kind: 'spin' }, cpu: 3 },
    ],
  });
  t.same(
    groups.map(({ path, parent, end, shares, cpus: own }) => [path, parent, end, shares, own.cpus]),
    [
      ['/p', -1, 3, 1, [0, 1]],
      ['/p/d', 0, 2, 3, [0, 1]],
      ['/p/deep/c', 0, 3, 2, [1]],
      ['/p2', -1, 4, 3, [0, 1, 2, 3]],
    ],
  );
  t.same(
    threads.map((thread) => [thread.group, thread.cpus]),
    [
      [1, [0, 1]],
      [2, [1]],
    ],
  );
});

t.test('refuses hosts that cannot be', async (t) => {
  const group = { path: '/a', shares: 1 };
  const hosts: readonly [ModelHost, RegExp][] = [
    [{ cpus, groups: [group, group], threads: [] }, /listed twice/],
    [{ cpus, groups: [{ path: '/a', shares: 0 }], threads: [] }, /weighs 0/],
    [{ cpus, groups: [], threads: [{ group: '/a', program: { kind: 'spin' } }] }, /not listed/],
  ];
  for (const [host, message] of hosts) t.throws(() => treeOf(host), message);
});

import t from 'tap';
import { planPodTree } from '../../../bench/scenarios/pod-tree.ts';
import type { PodSpec } from '../../../bench/scenarios/scenario.ts';

const load = { kind: 'workload', workload: 'spin', threads: 1 } as const;
const pod = (name: string, requestShare: number, limit: PodSpec['limit']): PodSpec => ({
  name,
  requestShare,
  limit,
  load,
});
const cpus = { cpus: [0, 1] };

t.test('the levels of each QoS class, parents first', async (t) => {
  const { groups, pods, rootSettings } = planPodTree(
    [pod('a', 0.5, 'request'), pod('b', 0.25, 'none'), pod('c', 0.25, 'none'), pod('d', 0, 'none')],
    cpus,
    'v1',
  );
  t.same(rootSettings.weight, { kind: 'shares', shares: 2048 });
  t.same(
    groups.map(({ path, settings, isParent }) => [
      path,
      settings.weight,
      settings.quota?.quotaUsec,
      isParent,
    ]),
    [
      ['burstable', { kind: 'shares', shares: 1024 }, undefined, true],
      ['besteffort', { kind: 'shares', shares: 2 }, undefined, true],
      ['pod-a', { kind: 'shares', shares: 1024 }, 100_000, true],
      ['pod-a/main', { kind: 'shares', shares: 1024 }, 100_000, false],
      ['burstable/pod-b', { kind: 'shares', shares: 512 }, undefined, true],
      ['burstable/pod-b/main', { kind: 'shares', shares: 512 }, undefined, false],
      ['burstable/pod-c', { kind: 'shares', shares: 512 }, undefined, true],
      ['burstable/pod-c/main', { kind: 'shares', shares: 512 }, undefined, false],
      ['besteffort/pod-d', { kind: 'shares', shares: 2 }, undefined, true],
      ['besteffort/pod-d/main', { kind: 'shares', shares: 2 }, undefined, false],
    ],
  );
  t.same(pods[1]?.groups, ['burstable', 'burstable/pod-b', 'burstable/pod-b/main']);
  t.equal(pods[0]?.quotaCores, 1);
});

t.test('v2: the kubelet converts linearly, the runtime by its curve', async (t) => {
  const { groups } = planPodTree([pod('a', 0.5, 'none')], cpus, 'v2');
  t.same(
    groups.map(({ settings }) => settings.weight),
    [39, 39, 100].map((weight) => ({ kind: 'weight', weight })),
  );
});

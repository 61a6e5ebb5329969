/** A view with every kind of series on its page: pods, other containers, odd names, one that is gone, spilled ones. */
import { accumulate, accumulateCollectors, emptyTotals } from '../../agent/sampling/totals.ts';
import type { AgentStatus, MetricsView } from '../../agent/metrics/metrics-view.ts';
import type { ContainerLedger } from '../../ledger/ledger.ts';
import { containerLedger, hostLedger, withoutReservation } from './ledger-literal.ts';
import { samplePair } from './sample-pair.ts';

export const agentStatus: AgentStatus = {
  version: '0.1.0',
  nodeVersion: 'v24.0.0',
  stageSeconds: new Map([
    ['read', 0.5],
    ['derive', 0.125],
  ]),
  ticks: 3,
  failedTicks: 1,
  missedTicks: 0,
  intervalSeconds: 1,
  cpuBudgetCores: 0.01,
  cpuSeconds: 0.75,
  residentBytes: 80_000_000,
  historyBytes: 97_920,
  recordingBytes: undefined,
};

const waits = (counts: Readonly<Record<number, number>>): readonly number[] =>
  Array.from({ length: 46 }, (_, bucket) => counts[bucket] ?? 0);

const pod: ContainerLedger = containerLedger({
  path: '/kubepods/burstable/pod1/0a1b',
  cgroupId: 11n,
  reservation: { cores: 1.5, source: 'requests.cpu' },
  identity: {
    kind: 'kubernetes',
    name: 'shop/cart/app',
    namespace: 'shop',
    pod: 'cart',
    container: 'app',
    podUid: '0f0e0d0c-0000-4000-8000-000000000001',
    containerId: '0a1b',
    runtime: 'containerd',
    qosClass: 'Burstable',
  },
  throttling: { periods: 10, throttledPeriods: 4, throttledSeconds: 0.5, burstSeconds: 0.125, harmful: true },
  settings: { quotaCores: 2, allowedCpuCount: 2, allowedCpus: '0-1' },
});

const exact: ContainerLedger = containerLedger({
  path: '/docker/2',
  cgroupId: 12n,
  source: 'exact',
  whereabouts: { phantom: 0.05, taken: 0.2, phantomConcurrent: 0.03, phantomDeferred: 0.02 },
  gapInduced: 0.125,
  // 2 waits of 1 us, 90 of 12 us, 7 of 1 ms, 1 of more than the last bound.
  latency: {
    count: 100,
    counts: waits({ 1: 2, 8: 90, 21: 7, 45: 1 }),
    p50Seconds: 0.000012288,
    p99Seconds: 0.001048576,
  },
  offenders: [
    { cgroupId: 11n, path: '/kubepods/burstable/pod1/0a1b', name: 'shop/cart/app', waitSeconds: 0.375 },
    { cgroupId: 1n, waitSeconds: 0.125 },
  ],
  offendersRestSeconds: 0.0625,
});

const plain: ContainerLedger = {
  ...withoutReservation(containerLedger({ path: '/system.slice/sshd.service', cgroupId: 13n })),
  identity: { kind: 'systemd', name: 'sshd.service' },
};

const odd = containerLedger({
  path: '/docker/3 "x"\\n',
  cgroupId: 14n,
  identity: { kind: 'docker', name: 'say "hi"\\\nto ünïcode' },
});

const sameName = containerLedger({ path: '/docker/4', cgroupId: 15n });
const gone = containerLedger({
  path: '/docker/5',
  cgroupId: 16n,
  identity: { kind: 'docker', name: 'gone' },
});
const small = containerLedger({
  path: '/docker/6',
  cgroupId: 17n,
  identity: { kind: 'docker', name: 'small' },
  reservation: { cores: 0.25, source: 'row' },
});

const limits = { maxContainers: 6, maxOffenderPairs: 1, keepGoneSeconds: 60 };
const containers = [exact, odd, sameName, pod, plain];

export function metricsView(): MetricsView {
  const [, portable] = samplePair({ cpus: [[1, 0]], containers: [] });
  const losses = [{ name: 'queue_full', count: 3n }];
  const sample = { ...portable, host: { ...portable.host, exact: { loadId: 1n, pairs: [], losses } } };
  const earlier = accumulate(emptyTotals, hostLedger([...containers, gone, small]), limits);
  const ledger = hostLedger(containers);
  const totals = accumulateCollectors(accumulate(earlier, ledger, limits), [
    { name: 'cpu.stat', reads: 6, failures: 0, durationNs: 250_000 },
    { name: 'cpu.pressure', reads: 6, failures: 2, durationNs: 125_000 },
  ]);
  return { node: 'node-1', observation: { sample, ledger, totals }, agent: agentStatus };
}

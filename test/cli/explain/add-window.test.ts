import t from 'tap';
import { deriveLatency } from '../../../ledger/latency.ts';
import type { ContainerLedger } from '../../../ledger/ledger.ts';
import { addWindow } from '../../../cli/explain/add-window.ts';
import { ledgerOf, throttled, victim } from '../ledger-rows.ts';

t.test('amounts and lengths add up', async (t) => {
  const sum = addWindow(victim, { ...victim, received: 1.5, gap: { estimate: 0, low: 0, high: 0.26 } });
  t.equal(sum.windowSeconds, 2);
  t.equal(sum.received, 2.8);
  t.same(sum.gap, { estimate: 0.2, low: 0.12, high: 0.5 });
  t.same(sum.entitled, { estimate: 3, low: 2.84, high: 3.08 });
  t.equal(sum.causes.runqueue_sharing, 0.34);
  t.same(sum.whereabouts, { phantom: 0.02, taken: 0.38 });
  t.equal(sum.waiting?.others, 1);
  t.equal(sum.waitPerTimesliceSeconds, 0.0023);
  t.equal(sum.verdict.kind, 'contended', 'judged anew');
  t.match(sum.verdict.sentence, /received 1\.40 of 1\.50/);
});

t.test('what is missed in one window is not made good in another', async (t) => {
  const short = ledgerOf({
    name: 'a',
    reserved: 1,
    received: 0.5,
    gap: 0.5,
    causes: { runqueue_sharing: 0.5 },
  });
  const rich = ledgerOf({ name: 'a', reserved: 1, received: 1.5 });
  t.match(addWindow(short, rich), { received: 2, gap: { estimate: 0.5 }, borrowed: 0.5 });
});

t.test('what only one window knows stays', async (t) => {
  const sum = addWindow(throttled, ledgerOf({ name: 'demo/throttled', reserved: 1, quality: ['psi_off'] }));
  t.match(sum.throttling, { periods: 10, throttledPeriods: 8, harmful: true });
  t.same(sum.quality, ['psi_off']);
  t.equal(addWindow(victim, ledgerOf({ name: 'x' })).waiting?.others, 0.5);
  t.equal(addWindow(ledgerOf({ name: 'x' }), victim).waitPerTimesliceSeconds, 0.0023);
});

const latencyOf = (waits: readonly number[]): Pick<ContainerLedger, 'latency'> => {
  const latency = deriveLatency(waits);
  return latency ? { latency } : {};
};

t.test('the exact source', async (t) => {
  const exact = (waits: readonly number[], waitSeconds: number) =>
    ledgerOf({
      name: 'x',
      source: 'exact',
      ...latencyOf(waits),
      offenders: [
        { cgroupId: 1n, waitSeconds },
        { cgroupId: 9n, name: 'batch', waitSeconds: 0.3 },
      ],
      gapInduced: 0.1,
      waiting: { others: 0, self: 0, system: 0, steal: 0, throttled: 0, idle: 0.1 },
    });
  const sum = addWindow(exact([9, 0, 1], 0.1), exact([90], 0.1));
  t.match(sum.latency, { count: 100, counts: [99, 0, 1], p50Seconds: 1.024e-6, p99Seconds: 1.024e-6 });
  t.same(sum.offenders, [
    { cgroupId: 9n, name: 'batch', waitSeconds: 0.6 },
    { cgroupId: 1n, waitSeconds: 0.2 },
  ]);
  t.equal(sum.gapInduced, 0.2);
  t.equal(sum.waiting?.idle, 0.2);
});

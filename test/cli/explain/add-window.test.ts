import t from 'tap';
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

t.test('the exact source', async (t) => {
  const exact = (p50Seconds: number, waitSeconds: number) =>
    ledgerOf({
      name: 'x',
      source: 'exact',
      latency: { count: 10, p50Seconds, p99Seconds: p50Seconds * 10 },
      offenders: [
        { cgroupId: 1n, waitSeconds },
        { cgroupId: 9n, name: 'batch', waitSeconds: 0.3 },
      ],
      gapInduced: 0.1,
      waiting: { others: 0, self: 0, system: 0, steal: 0, throttled: 0, idle: 0.1 },
    });
  const sum = addWindow(exact(0.001, 0.1), exact(0.002, 0.1));
  t.same(sum.latency, { count: 20, p50Seconds: 0.002, p99Seconds: 0.02 }, 'at most the greatest quantile');
  t.same(sum.offenders, [
    { cgroupId: 9n, name: 'batch', waitSeconds: 0.6 },
    { cgroupId: 1n, waitSeconds: 0.2 },
  ]);
  t.equal(sum.gapInduced, 0.2);
  t.equal(sum.waiting?.idle, 0.2);
});

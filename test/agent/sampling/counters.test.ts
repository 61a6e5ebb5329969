import t from 'tap';
import {
  addWindow,
  noCounters,
  plainCounterNames,
  sourcedCounterNames,
  type Counters,
} from '../../../agent/sampling/counters.ts';
import type { ContainerLedger } from '../../../ledger/ledger.ts';
import { containerLedger, withoutReservation } from '../../support/ledger-literal.ts';

const countersOf = (ledger: ContainerLedger): Counters => addWindow(noCounters, ledger);
const known = (counters: object): object =>
  Object.fromEntries(Object.entries(counters).filter(([, value]) => value !== undefined));

t.test('takes every amount of a window', async (t) => {
  const throttling = {
    periods: 10,
    throttledPeriods: 4,
    throttledSeconds: 0.5,
    burstSeconds: 0.125,
    harmful: true,
  };
  const { bySource, ...plain } = countersOf(containerLedger({ throttling }));
  t.same(known(plain), {
    usage: 1.25,
    throttled: 0.5,
    throttledPeriodCount: 4,
    periodCount: 10,
    burst: 0.125,
    pressureWaiting: 0.4,
    pressureStalled: 0.1,
  });
  t.same(Object.keys(bySource), ['portable']);
  t.same(known(bySource.portable ?? {}), {
    entitled: 1.5,
    gapThrottled: 0,
    gapRunqueueSharing: 0.25,
    gapSelf: 0,
    gapSystem: 0,
    gapSteal: 0,
    gapUnexplained: 0,
    gapLow: 0,
    gapHigh: 0.25,
    phantomUnsplit: 0.05,
    borrowed: 0,
    unclaimed: 0,
    waitOthers: 0.5,
    waitSelf: 0,
    waitSystem: 0,
    waitSteal: 0,
  });
});

t.test('splits phantom where the source can', async (t) => {
  const whereabouts = { phantom: 0.05, taken: 0.2, phantomConcurrent: 0.01, phantomDeferred: 0.04 };
  const { exact } = countersOf(containerLedger({ source: 'exact', whereabouts })).bySource;
  t.equal(exact?.phantomConcurrent, 0.01);
  t.equal(exact?.phantomDeferred, 0.04);
  t.equal(exact?.phantomUnsplit, undefined);
});

t.test('without a reservation, what rests on one is unknown and not 0', async (t) => {
  const counters = countersOf(withoutReservation(containerLedger()));
  for (const name of ['entitled', 'gapRunqueueSharing', 'gapLow', 'gapHigh', 'phantomUnsplit'] as const) {
    t.equal(counters.bySource.portable?.[name], undefined, name);
  }
  t.equal(counters.bySource.portable?.borrowed, undefined);
  t.equal(counters.usage, 1.25);
});

t.test('where nobody knows what the CPUs did, phantom time is unknown and not 0', async (t) => {
  const counters = countersOf(containerLedger({ quality: ['no_cpu_times'] }));
  t.equal(counters.bySource.portable?.phantomUnsplit, undefined);
  t.equal(counters.bySource.portable?.gapHigh, 0.25);
});

t.test('without a usage counter, usage and gap are unknown', async (t) => {
  const counters = countersOf(containerLedger({ received: 0, quality: ['no_usage'] }));
  t.equal(counters.usage, undefined);
  t.equal(counters.bySource.portable?.gapHigh, undefined);
});

t.test('adds what is known; unknown and negative windows add nothing', async (t) => {
  const once = countersOf(containerLedger({ borrowed: -1e-17 }));
  t.equal(once.bySource.portable?.borrowed, 0);
  const twice = addWindow(once, withoutReservation(containerLedger()));
  t.equal(twice.usage, 2.5);
  t.equal(twice.bySource.portable?.entitled, 1.5);
  t.equal(addWindow(once, containerLedger({ received: Number.NaN })).usage, 1.25);
});

t.test('names every counter', async (t) => {
  const { bySource, ...plain } = countersOf(containerLedger());
  t.same(Object.keys(plain), plainCounterNames);
  t.same(Object.keys(bySource.portable ?? {}), sourcedCounterNames);
});

t.test(
  'a change of the source and back: each goes on where it was, and neither is in the other',
  async (t) => {
    const latency = { count: 3, counts: [0, 3], p50Seconds: 1.5e-6, p99Seconds: 1.5e-6 };
    const exact = containerLedger({ source: 'exact', gapInduced: 0.125, latency });
    const windows = [containerLedger(), exact, exact, containerLedger(), exact];
    const total = windows.reduce(addWindow, noCounters);
    t.equal(total.usage, 5 * 1.25, 'what is received is a counter of the kernel in both');
    t.equal(total.bySource.portable?.gapHigh, 0.5);
    t.equal(total.bySource.portable?.gapInduced, undefined);
    t.equal(total.bySource.exact?.gapHigh, 0.75);
    t.equal(total.bySource.exact?.gapInduced, 0.375);
    t.equal(total.wakeupWaits?.[0], 9);
    t.equal(addWindow(noCounters, containerLedger()).wakeupWaits, undefined);
  },
);

import t from 'tap';
import { addWindow, counterNames, noCounters, type Counters } from '../../../agent/sampling/counters.ts';
import type { ContainerLedger } from '../../../ledger/ledger.ts';
import { containerLedger, withoutReservation } from '../../support/ledger-literal.ts';

const countersOf = (ledger: ContainerLedger): Counters => addWindow(noCounters, ledger);
const known = (counters: Counters): object =>
  Object.fromEntries(Object.entries(counters).filter(([, value]) => value !== undefined));

t.test('takes every amount of a window', async (t) => {
  const throttling = {
    periods: 10,
    throttledPeriods: 4,
    throttledSeconds: 0.5,
    burstSeconds: 0.125,
    harmful: true,
  };
  t.same(known(countersOf(containerLedger({ throttling }))), {
    usage: 1.25,
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
    throttled: 0.5,
    throttledPeriodCount: 4,
    periodCount: 10,
    burst: 0.125,
    pressureWaiting: 0.4,
    pressureStalled: 0.1,
  });
});

t.test('splits phantom where the source can', async (t) => {
  const whereabouts = { phantom: 0.05, taken: 0.2, phantomConcurrent: 0.01, phantomDeferred: 0.04 };
  const counters = countersOf(containerLedger({ source: 'exact', whereabouts }));
  t.equal(counters.phantomConcurrent, 0.01);
  t.equal(counters.phantomDeferred, 0.04);
  t.equal(counters.phantomUnsplit, undefined);
});

t.test('without a reservation, what rests on one is unknown and not 0', async (t) => {
  const counters = countersOf(withoutReservation(containerLedger()));
  for (const name of ['entitled', 'gapRunqueueSharing', 'gapLow', 'gapHigh', 'phantomUnsplit'] as const) {
    t.equal(counters[name], undefined, name);
  }
  t.equal(counters.borrowed, undefined);
  t.equal(counters.usage, 1.25);
});

t.test('where nobody knows what the CPUs did, phantom time is unknown and not 0', async (t) => {
  const counters = countersOf(containerLedger({ quality: ['no_cpu_times'] }));
  t.equal(counters.phantomUnsplit, undefined);
  t.equal(counters.gapHigh, 0.25);
});

t.test('without a usage counter, usage and gap are unknown', async (t) => {
  const counters = countersOf(containerLedger({ received: 0, quality: ['no_usage'] }));
  t.equal(counters.usage, undefined);
  t.equal(counters.gapHigh, undefined);
});

t.test('adds what is known; unknown and negative windows add nothing', async (t) => {
  const once = countersOf(containerLedger({ borrowed: -1e-17 }));
  t.equal(once.borrowed, 0);
  const twice = addWindow(once, withoutReservation(containerLedger()));
  t.equal(twice.usage, 2.5);
  t.equal(twice.entitled, 1.5);
  t.equal(addWindow(once, containerLedger({ received: Number.NaN })).usage, 1.25);
});

t.test('names every counter', async (t) => {
  t.same(Object.keys(countersOf(containerLedger())), counterNames);
});

import t from 'tap';
import {
  accumulate,
  accumulateCollectors,
  emptyTotals,
  type Totals,
} from '../../../agent/sampling/totals.ts';
import type { ContainerLedger } from '../../../ledger/ledger.ts';
import { containerLedger, hostLedger, withoutReservation } from '../../support/ledger-literal.ts';

const limits = { maxContainers: 3, keepGoneSeconds: 60 };

/** Totals after windows of these containers, one after the other. */
function after(windows: readonly (readonly ContainerLedger[])[], most = limits.maxContainers): Totals {
  return windows.reduce(
    (totals, containers) => accumulate(totals, hostLedger(containers), { ...limits, maxContainers: most }),
    emptyTotals,
  );
}

const usages = (totals: Totals): object =>
  Object.fromEntries([...totals.containers.values()].map((c) => [c.labels.container, c.counters.usage]));

const named = (name: string, cgroupId = 1n, changes: Partial<ContainerLedger> = {}): ContainerLedger =>
  containerLedger({ path: `/${name}-${cgroupId}`, cgroupId, identity: { kind: 'docker', name }, ...changes });

t.test('adds window upon window', async (t) => {
  const totals = after([[named('a')], [named('a'), named('b')], [named('a'), named('b')]]);
  t.same(usages(totals), { a: 3.75, b: 2.5 });
  t.equal(totals.seconds, 3);
  t.same(totals.node, { busySeconds: 4.5, idleSeconds: 0.75, stealSeconds: 0.75, irqSeconds: 0.375 });
  t.equal(totals.spilled, undefined);
});

t.test('does not touch the totals before', async (t) => {
  const before = after([[named('a')]]);
  accumulate(before, hostLedger([named('a')]), limits);
  t.same(usages(before), { a: 1.25 });
});

t.test('a window in which /proc/stat was unreadable adds no node time', async (t) => {
  const host = { busySeconds: 0, idleSeconds: 0, stealSeconds: 0, irqSeconds: 0 };
  t.equal(accumulate(emptyTotals, hostLedger([], { host }), limits).node, undefined);
});

t.test('another cgroup at the same path starts anew and takes over the labels', async (t) => {
  const again = { ...named('a'), cgroupId: 2n };
  const totals = after([[named('a')], [named('a')], [again]]);
  t.same(usages(totals), { a: 1.25 });
  t.equal([...totals.containers.values()][0]?.cgroupId, 2n);
});

t.test('two of one name at once are told apart by a number that each keeps', async (t) => {
  const first = named('a', 1n);
  const second = named('a', 2n);
  const totals = after([[first], [second, first], [second, first]]);
  t.same(usages(totals), { a: 3.75, 'a~2': 2.5 });
  t.same(usages(after([[first, second], [second], [second]])), { 'a~2': 3.75, a: 1.25 });
});

t.test('a name that is learned later changes the labels, not the counters', async (t) => {
  const early = containerLedger({ identity: { kind: 'containerd', name: '0a1b2c' } });
  const known = containerLedger({
    identity: { kind: 'kubernetes', name: 'cart/app', namespace: 'shop', pod: 'cart', container: 'app' },
  });
  const [entry] = after([[early], [known]]).containers.values();
  t.same(entry?.labels, { namespace: 'shop', pod: 'cart', container: 'app' });
  t.equal(entry?.counters.usage, 2.5);
});

t.test('who is called like the spilled series is not it', async (t) => {
  t.same(usages(after([[named('_spilled')]])), { '_spilled~2': 1.25 });
});

t.test('a container that is gone keeps its counters for a while, without a ledger', async (t) => {
  const alive = [named('b')];
  const young = after([[named('a'), named('b')], ...Array.from({ length: 60 }, () => alive)]);
  t.same(usages(young), { b: 76.25, a: 1.25 });
  t.equal(young.containers.get('/a-1')?.ledger, undefined);
  const old = accumulate(young, hostLedger(alive), limits);
  t.same(usages(old), { b: 77.5 });
});

t.test('one that comes back in that time goes on', async (t) => {
  t.same(usages(after([[named('a')], [], [named('a')]])), { a: 2.5 });
});

t.test('there is never room for the gone before the living', async (t) => {
  const totals = after([[named('a')], [named('b')], [named('c')], [named('d'), named('e')]]);
  t.same(Object.keys(usages(totals)), ['d', 'e', 'c']);
});

t.test('beyond the limit windows are added up in one, which never falls', async (t) => {
  const big = named('big', 1n, { reservation: { cores: 4, source: 'row' } });
  const small = [named('x', 2n), named('y', 3n), withoutReservation(named('z', 4n))];
  const spilling = after(
    [
      [big, ...small],
      [big, ...small],
    ],
    2,
  );
  t.same(Object.keys(usages(spilling)), ['big', 'x']);
  t.equal(spilling.spilled?.count, 2);
  t.equal(spilling.spilled?.counters.usage, 5);
  t.equal(spilling.spilled?.counters.bySource.portable?.entitled, 3, 'only one of the two has a reservation');
  const fits = accumulate(spilling, hostLedger([big]), { ...limits, maxContainers: 2 });
  t.equal(fits.spilled?.count, 0);
  t.equal(fits.spilled?.counters.usage, 5);
});

t.test('1,000 containers made and removed per minute for ten minutes do not pile up', async (t) => {
  const bounds = { maxContainers: 250, keepGoneSeconds: 60 };
  const churn = (name: (serial: number) => string): { readonly most: number; readonly names: number } => {
    let totals = emptyTotals;
    let most = 0;
    const names = new Set<string>();
    for (let second = 0; second < 600; second += 1) {
      const living = Array.from({ length: 85 }, (_, i) => {
        const serial = second * 17 + i;
        return named(name(serial), BigInt(serial + 1));
      });
      totals = accumulate(totals, hostLedger(living), bounds);
      most = Math.max(most, totals.containers.size);
      for (const { labels } of totals.containers.values()) names.add(labels.container);
    }
    return { most, names: names.size };
  };
  t.equal(churn((serial) => `job-${serial}`).most, bounds.maxContainers);
  t.equal(
    churn((serial) => `job-${serial % 40}`).names,
    120,
    '85 at once share 40 names: three numbers each',
  );
});

t.test('collectors add up, and the latest sample says whether they work', async (t) => {
  const report = { name: 'cpu.stat', reads: 3, failures: 1, durationNs: 5e8 };
  const once = accumulateCollectors(emptyTotals, [report]);
  t.same(once.collectors, [
    { name: 'cpu.stat', reads: 3, failures: 1, durationSeconds: 0.5, succeeded: false },
  ]);
  const twice = accumulateCollectors(once, [
    { ...report, failures: 0 },
    { ...report, name: 'threads' },
  ]);
  t.same(
    twice.collectors.map(({ name, reads, failures, succeeded }) => [name, reads, failures, succeeded]),
    [
      ['cpu.stat', 6, 1, true],
      ['threads', 3, 1, false],
    ],
  );
});

import t from 'tap';
import { addToTrends, formatTrend, trendLength, type Trends } from '../../../cli/top/trends.ts';
import { host, hostLedgerOf, ledgerOf } from '../ledger-rows.ts';

t.test('one entry per window, the latest ten, of those that are there', async (t) => {
  let trends: Trends = new Map([['/gone', [1]]]);
  trends = addToTrends(trends, host);
  t.same(
    [...trends.keys()],
    ['/demo/neighbour', '/kubepods/burstable/pod1/abc', '/demo/victim', '/demo/throttled'],
  );
  t.same(trends.get('/demo/throttled'), [0.6]);
  for (let gap = 0; gap < 12; gap += 1) {
    trends = addToTrends(
      trends,
      hostLedgerOf(ledgerOf({ name: 'demo/throttled', reserved: 2, gap: gap / 10, windowSeconds: 0.5 })),
    );
  }
  t.equal(trends.get('/demo/throttled')?.length, trendLength);
  t.equal(trends.get('/demo/throttled')?.at(-1), 1.1);
  t.equal(trends.size, 1);
});

t.test('as characters', async (t) => {
  t.equal(formatTrend([0, 0.005, 0.01, 0.1, 0.25, 0.5, 1]), '..:-=##');
  t.equal(formatTrend([]), '');
});

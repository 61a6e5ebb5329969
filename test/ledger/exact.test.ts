import t from 'tap';
import type { ExactCounters, Sample } from '../../kernel/sample.ts';
import { deriveHostLedger } from '../../ledger/derive.ts';
import {
  deriveExactEntitlement,
  deriveExactWindow,
  deriveOffenders,
  type ExactWindow,
} from '../../ledger/exact.ts';
import { bucketUpperSeconds, deriveLatency } from '../../ledger/latency.ts';
import type { ContainerLedger } from '../../ledger/ledger.ts';
import { fc } from '../support/properties.ts';
import { samplePair, type WindowRow } from '../support/sample-pair.ts';
import { withoutExact } from '../support/without-exact.ts';

const ns = (seconds: number): bigint => BigInt(Math.round(seconds * 1e9));

interface ExactRow {
  readonly exec: number;
  readonly run?: number;
  /** Seconds by number of runnable threads. */
  readonly concurrency: Readonly<Record<number, number>>;
  readonly tail?: number;
  readonly induced?: number;
  readonly inducedThrottled?: number;
  readonly others?: number;
  readonly self?: number;
  readonly system?: number;
  readonly throttled?: number;
  readonly besideIdle?: number;
}

const base = 63_072_000n * 1_000_000_000n;

function counters(row: ExactRow, end: 0 | 1): ExactCounters {
  const at = (seconds = 0): bigint => base + ns(seconds * end);
  const concurrencyNs = new BigUint64Array(33).fill(base);
  for (const [k, seconds] of Object.entries(row.concurrency)) concurrencyNs[Number(k)] = at(seconds);
  return {
    monotonicNs: at(1),
    createdNs: 5n,
    runNs: at(row.run ?? row.exec),
    execNs: at(row.exec),
    migrations: 0n,
    waitIdleNs: at(),
    waitSelfNs: at(row.self),
    waitSystemNs: at(row.system),
    waitOthersNs: at(row.others),
    waitThrottledNs: at(row.throttled),
    waitUnknownNs: at(),
    waitBesideIdleNs: at(row.besideIdle),
    inducedNs: at(row.induced),
    inducedThrottledNs: at(row.inducedThrottled),
    concurrencyNs,
    concurrencyTailNs: at(row.tail),
    wakeupWaits: BigUint64Array.from({ length: 50 }, (_, i) => (i === 21 ? BigInt(100 * end) : 0n)),
    preemptionWaits: new BigUint64Array(50),
  };
}

const windowOf = (row: ExactRow): ExactWindow => deriveExactWindow(counters(row, 0), counters(row, 1))!;

/** Cgroup ids of the rows are 10 and 11; the neighbour is the offender but for what the root cgroup took. */
function exactPair(
  row: ExactRow,
  reserved: number,
  window: WindowRow['cpus'],
  byRoot = 0,
): readonly [Sample, Sample] {
  const pair = samplePair({
    cpus: window,
    containers: [
      { path: '/t', reserved, received: row.exec, some: 0 },
      { path: '/n', reserved: 0.5, received: 0.5 },
    ],
  });
  const withExact = (sample: Sample, end: 0 | 1): Sample => ({
    ...sample,
    host: {
      ...sample.host,
      exact: {
        loadId: 1n,
        losses: [],
        pairs: [
          { victimId: 10n, offenderId: 11n, waitNs: ns(((row.others ?? 0) - byRoot) * end) },
          { victimId: 10n, offenderId: 1n, waitNs: ns(byRoot * end) },
        ],
      },
    },
    cgroups: sample.cgroups.map((c) => (c.path === '/t' ? { ...c, exact: counters(row, end) } : c)),
  });
  return [withExact(pair[0], 0), withExact(pair[1], 1)];
}

const victimOf = (pair: readonly [Sample, Sample]): ContainerLedger =>
  deriveHostLedger(...pair).containers.find((c) => c.path === '/t')!;

const near = (actual: number, expected: number): boolean => Math.abs(actual - expected) < 0.002;

t.test('barrier pair beside 8 spinners: direct and induced demand', async (t) => {
  // T[1] + T[2] = 1 and T[1] + 1.5 T[2] = 1.33.
  const row = { exec: 1.316, concurrency: { 1: 0.34, 2: 0.66 }, induced: 0.196, others: 0.34 };
  const ledger = victimOf(
    exactPair(row, 1.5, [
      [1, 0],
      [1, 0],
    ]),
  );
  t.equal(ledger.source, 'exact');
  t.ok(near(ledger.entitled.estimate, 1.5));
  t.ok(near(ledger.gap.estimate, 0.184));
  t.ok(near(ledger.gapInduced ?? 0, 0.17));
  t.equal(ledger.gap.low, ledger.gap.high);
  t.ok(near(ledger.causes.runqueue_sharing, 0.184));
  t.same(ledger.offenders, [{ cgroupId: 11n, waitSeconds: 0.34, path: '/n', name: 'n' }]);
  t.equal(ledger.verdict.kind, 'contended');
});

t.test('demand is induced by a sibling that was throttled as by one that waited', async (t) => {
  const row = { exec: 1, concurrency: { 1: 0.6, 2: 0.4 } } as const;
  const windows = [
    { ...row, induced: 0.25 },
    { ...row, inducedThrottled: 0.25 },
  ].map(windowOf);
  const [waited, throttled] = windows.map((window) => deriveExactEntitlement(window, 2).entitled);
  t.ok(near(waited?.estimate ?? 0, 1.65));
  t.same(throttled, waited);
});

t.test('a burst of ten threads misses nothing: E = 0.07, U = 0.13', async (t) => {
  const row = { exec: 0.13, concurrency: { 0: 0.93, 10: 0.06, 5: 0.01 }, self: 0.35 };
  const ledger = victimOf(
    exactPair(row, 1, [
      [0.07, 0.93],
      [0.06, 0.94],
    ]),
  );
  t.ok(near(ledger.entitled.estimate, 0.07));
  t.equal(ledger.gap.estimate, 0);
  t.ok(near(ledger.borrowed, 0.06));
});

t.test('what host processes took is the system, not a neighbour', async (t) => {
  const row = { exec: 0.6, concurrency: { 1: 1 }, others: 0.4 };
  const ledger = victimOf(exactPair(row, 1, [[1, 0]], 0.1));
  t.ok(near(ledger.causes.runqueue_sharing, 0.3));
  t.ok(near(ledger.causes.system, 0.1));
});

t.test('steal: on the CPU by the wall clock, not by the scheduler', async (t) => {
  const ledger = victimOf(exactPair({ exec: 0.7, run: 1, concurrency: { 1: 1 } }, 1, [[0.7, 0, 0.3]]));
  t.ok(near(ledger.causes.steal, 0.3));
  t.equal(ledger.verdict.kind, 'stolen');
});

t.test('phantom is split by what was idle at the moment of waiting', async (t) => {
  const row = { exec: 0.6, concurrency: { 1: 1 }, others: 0.4, besideIdle: 0.1 };
  const { whereabouts } = victimOf(
    exactPair(row, 1, [
      [0.7, 0.3],
      [1, 0],
    ]),
  );
  t.ok(near(whereabouts.phantom, 0.3));
  t.ok(near(whereabouts.phantomConcurrent ?? 0, 0.1));
  t.ok(near(whereabouts.phantomDeferred ?? 0, 0.2));
});

t.test('falls back, whole, where the counters do not cover the container', async (t) => {
  const row = { exec: 0.6, concurrency: { 1: 1 }, others: 0.4 };
  const [a, b] = exactPair(row, 1, [[1, 0]]);
  const nested = (s: Sample, usageNs: bigint): Sample => ({
    ...s,
    cgroups: s.cgroups.map((c) => (c.path === '/t' ? { ...c, usageNs } : c)),
  });
  const children = victimOf([nested(a, 0n), nested(b, ns(0.9))]);
  t.equal(children.source, 'portable');
  t.ok(children.quality.includes('nested_cgroups'));
  const reloaded = { ...b, host: { ...b.host, exact: { ...b.host.exact!, loadId: 2n } } };
  t.equal(victimOf([a, reloaded]).source, 'portable');
  const { monotonicNs, cgroupVersion, online, cpus } = b.host;
  t.equal(victimOf([a, { ...b, host: { monotonicNs, cgroupVersion, online, cpus } }]).source, 'portable');
});

t.test('events that found no room are said', async (t) => {
  const [a, b] = exactPair({ exec: 0.6, concurrency: { 1: 1 } }, 1, [[1, 0]]);
  const lossy = { ...b.host.exact!, losses: [{ name: 'queue_full', count: 3n }] };
  t.ok(victimOf([a, { ...b, host: { ...b.host, exact: lossy } }]).quality.includes('counters_lost'));
});

t.test('a container whose threads the programs never met in its own cgroup', async (t) => {
  const cpus: WindowRow['cpus'] = [[1, 0]];
  const without = (received: number): ContainerLedger => {
    const pair = exactPair({ exec: received, concurrency: { 1: 1 } }, 1, cpus);
    const [a, b] = pair.map((sample) => {
      const { exact, ...host } = sample.host;
      return { ...withoutExact(sample), host: { ...host, ...(exact && { exact }) } };
    });
    return victimOf([a!, b!]);
  };
  t.equal(without(0.6).source, 'portable');
  t.ok(without(0.6).quality.includes('nested_cgroups'));
  t.notOk(without(0).quality.includes('nested_cgroups'), 'asleep: nothing to tell');
});

t.test('a reservation beyond the histogram has bounds', async (t) => {
  const row = { exec: 30, concurrency: { 32: 1 }, tail: 60 };
  const { entitled } = deriveExactEntitlement(windowOf(row), 48);
  t.same(entitled, { low: 32, estimate: 48, high: 48 });
});

t.test('no window across two lives of a row', async (t) => {
  const row = { exec: 0.6, concurrency: { 1: 1 } };
  const [a, b] = [counters(row, 0), counters(row, 1)];
  t.equal(deriveExactWindow(a, { ...b, createdNs: 6n }), undefined);
  t.equal(deriveExactWindow(b, a), undefined);
});

t.test('a counter that steps back by a microsecond has not moved', async (t) => {
  const row = { exec: 0.6, concurrency: { 1: 1 }, others: 0.4 };
  const [a, b] = [counters(row, 0), counters(row, 1)];
  const concurrencyNs = a.concurrencyNs.map((ns, k) => (k === 3 ? ns + 900n : ns));
  const window = deriveExactWindow({ ...a, waitSelfNs: b.waitSelfNs + 900n, concurrencyNs }, b);
  t.equal(window?.waitSelf, 0);
  t.equal(window?.concurrency[3], 0);
  t.equal(window?.exec, 0.6);
  const host = (waitNs: bigint) => ({
    loadId: 1n,
    losses: [],
    pairs: [{ victimId: 10n, offenderId: 11n, waitNs }],
  });
  t.equal(deriveOffenders(host(base + 900n), host(base)).size, 0);
  t.equal(deriveOffenders(host(base), host(base + 2_000_000_000n)).get(10n)?.[0]?.waitSeconds, 2);
});

t.test('quantiles are upper edges of buckets, ascending and within an octave and a half', async (t) => {
  for (let i = 1; i < 50; i++) {
    const ratio = bucketUpperSeconds(i) / bucketUpperSeconds(i - 1);
    t.ok(ratio >= 4 / 3 - 1e-9 && ratio <= 1.5 + 1e-9);
  }
  t.equal(bucketUpperSeconds(0), 1024e-9);
  t.equal(bucketUpperSeconds(2), 2048e-9);
  t.equal(deriveLatency([0, 0]), undefined);
  t.same(deriveLatency([98, 0, 2, 0]), {
    count: 100,
    counts: [98, 0, 2],
    p50Seconds: 1024e-9,
    p99Seconds: 2048e-9,
  });
});

t.test('identities hold for any histogram', async () => {
  const seconds = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(seconds, { minLength: 33, maxLength: 33 }),
      seconds,
      fc.double({ min: 0, max: 64, noNaN: true }),
      seconds,
      (T, exec, R, induced) => {
        const window = windowOf({
          exec,
          concurrency: Object.fromEntries(T.entries()),
          tail: 32 * (T[32] ?? 0),
          induced,
        });
        const { entitled, gap, gapInduced } = deriveExactEntitlement(window, R);
        const total = T.reduce((a, b) => a + b, 0);
        const holds =
          entitled.low <= entitled.estimate &&
          entitled.estimate <= entitled.high &&
          entitled.high <= R * total + 1e-6 &&
          gapInduced >= -1e-9 &&
          gapInduced <= gap.estimate + 1e-9;
        if (!holds) throw new Error(JSON.stringify({ entitled, gap, gapInduced, R }));
      },
    ),
  );
});

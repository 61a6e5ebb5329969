import t from 'tap';
import { identityErrorSeconds } from '../../agent/metrics/identity-error.ts';
import type { CpuIdle, ExactCounters, ExactPeriod, Sample } from '../../kernel/sample.ts';
import { deriveHostLedger } from '../../ledger/derive.ts';
import type { ContainerLedger, HostLedger } from '../../ledger/ledger.ts';
import { fc } from '../support/properties.ts';
import { samplePair } from '../support/sample-pair.ts';

const ns = (seconds: number): bigint => BigInt(Math.round(seconds * 1e9));

/** What happens in one period of a window of one second, in seconds. */
interface Period {
  readonly seconds: number;
  /** Time with this many runnable threads; the rest with none. */
  readonly runnable: readonly [threads: number, seconds: number];
  readonly run: number;
  readonly others?: number;
  readonly idle?: number;
}

/** The victim's cgroup is 10; the scheduler's clock counts `execShare` of what the wall clock does. */
function samplesOf(
  periods: readonly Period[],
  reserved: number,
  options: { readonly cut?: boolean; readonly execShare?: number } = {},
): readonly [Sample, Sample] {
  const { cut = true, execShare = 1 } = options;
  const total = (of: (period: Period) => number, until: number): number =>
    periods.slice(0, until).reduce((sum, period) => sum + of(period), 0);
  const at = (until: number): { readonly exact: ExactCounters; readonly idle: readonly CpuIdle[] } => {
    const sum = (of: (period: Period) => number): bigint => ns(total(of, until));
    const concurrencyNs = new BigUint64Array(33);
    for (const { seconds, runnable } of periods.slice(0, until)) {
      const [threads, active] = runnable;
      concurrencyNs[threads] = (concurrencyNs[threads] ?? 0n) + ns(active);
      concurrencyNs[0] = (concurrencyNs[0] ?? 0n) + ns(seconds - active);
    }
    return {
      idle: [{ cpu: 0, idleNs: sum(({ idle = 0 }) => idle) }],
      exact: {
        monotonicNs: sum(({ seconds }) => seconds) + 1n,
        createdNs: 5n,
        runNs: sum(({ run }) => run),
        execNs: sum(({ run }) => run * execShare),
        migrations: 0n,
        waitIdleNs: 0n,
        waitSelfNs: 0n,
        waitSystemNs: 0n,
        waitOthersNs: sum(({ others = 0 }) => others),
        waitThrottledNs: 0n,
        waitUnknownNs: 0n,
        waitBesideIdleNs: 0n,
        inducedNs: 0n,
        inducedThrottledNs: 0n,
        concurrencyNs,
        concurrencyTailNs: 0n,
        wakeupWaits: new BigUint64Array(50),
        preemptionWaits: new BigUint64Array(50),
      },
    };
  };
  const received = total(({ run }) => run * execShare, periods.length);
  const pair = samplePair({
    cpus: [[1, total(({ idle = 0 }) => idle, periods.length)]],
    containers: [{ path: '/t', reserved, received, some: 0 }],
  });
  const inner = periods.slice(1).map((_, i): ExactPeriod => {
    const { exact, idle } = at(i + 1);
    return { idle, cgroups: [{ cgroupId: 10n, exact }] };
  });
  const withExact = (sample: Sample, until: number): Sample => {
    const { exact, idle } = at(until);
    const isEnd = until > 0;
    const host = { loadId: 1n, losses: [], pairs: [], idle, ...(isEnd && cut && { periods: inner }) };
    return {
      ...sample,
      host: { ...sample.host, exact: host },
      cgroups: sample.cgroups.map((cgroup) => ({ ...cgroup, exact })),
    };
  };
  return [withExact(pair[0], 0), withExact(pair[1], periods.length)];
}

const hostOf = (...given: Parameters<typeof samplesOf>): HostLedger =>
  deriveHostLedger(...samplesOf(...given));
const victimOf = (...given: Parameters<typeof samplesOf>): ContainerLedger => {
  const [ledger] = hostOf(...given).containers;
  if (!ledger) throw new Error('no ledger');
  return ledger;
};
const near = (value: number, expected: number): boolean => Math.abs(value - expected) < 1e-6;

const scaled = ({ seconds, runnable, run, others = 0, idle = 0 }: Period, by: number): Period => ({
  seconds: seconds * by,
  runnable: [runnable[0], runnable[1] * by],
  run: run * by,
  others: others * by,
  idle: idle * by,
});

/** Starves for half a second, then runs on two CPUs for the other half; reserved: one. */
const halves: readonly Period[] = [
  { seconds: 0.5, runnable: [1, 0.5], run: 0.2, others: 0.3 },
  { seconds: 0.5, runnable: [2, 0.5], run: 1, idle: 0.25 },
];

t.test(
  'starved for half a second and borrowing in the other: the whole hides what the periods show',
  async (t) => {
    const whole = victimOf(halves, 1, { cut: false });
    t.equal(whole.gap.estimate, 0);
    t.equal(whole.periodSeconds, undefined);
    const ledger = victimOf(halves, 1);
    t.equal(ledger.source, 'exact');
    t.ok(near(ledger.entitled.estimate, 1));
    t.ok(near(ledger.received, 1.2));
    t.ok(near(ledger.gap.estimate, 0.3));
    t.ok(near(ledger.borrowed, 0.5));
    t.ok(near(ledger.unclaimed, 0));
    t.ok(near(ledger.periodSeconds ?? 0, 0.5));
    t.ok(near(ledger.whereabouts.phantom, 0), 'the idle time stood beside the other half');
    t.ok(near(ledger.whereabouts.taken, 0.3));
  },
);

t.test('idle time beside the gap is phantom, period by period', async (t) => {
  const [starved, borrows] = halves;
  const ledger = victimOf([{ ...starved!, idle: 0.125 }, borrows!], 1);
  t.ok(near(ledger.whereabouts.phantom, 0.125));
  t.ok(near(ledger.whereabouts.phantomDeferred ?? 0, 0.125));
});

t.test('a moment without the container joins the periods beside it', async (t) => {
  const [before, after] = samplesOf(
    [
      { seconds: 0.5, runnable: [1, 0.5], run: 0.2, others: 0.3 },
      { seconds: 0.25, runnable: [2, 0.25], run: 0.5 },
      { seconds: 0.25, runnable: [1, 0.25], run: 0.25 },
    ],
    1,
  );
  const exact = after.host.exact!;
  const periods = exact.periods!.map((period, i) => (i === 0 ? period : { ...period, cgroups: [] }));
  const [ledger] = deriveHostLedger(before, {
    ...after,
    host: { ...after.host, exact: { ...exact, periods } },
  }).containers;
  t.ok(near(ledger?.gap.estimate ?? 0, 0.3));
});

t.test('steal is spread over the periods as the container ran', async (t) => {
  const ledger = victimOf(
    [
      { seconds: 0.5, runnable: [1, 0.5], run: 0.5 },
      { seconds: 0.5, runnable: [1, 0.5], run: 0.5 },
    ],
    1,
    { execShare: 0.8 },
  );
  t.ok(near(ledger.gap.estimate, 0.2));
  t.ok(near(ledger.causes.steal, 0.2));
});

t.test(
  'cut anywhere: identities hold, E stays, and the gap is never smaller than that of the whole',
  async () => {
    const seconds = fc.double({ min: 0.1, max: 1, noNaN: true });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const period = fc
      .tuple(seconds, fc.integer({ min: 1, max: 4 }), share, share, share)
      .map(([length, threads, active, run, idle]): Period => {
        const runnable = length * active;
        const ran = threads * runnable * run;
        const others = threads * runnable - ran;
        return { seconds: length, runnable: [threads, runnable], run: ran, others, idle: length * idle };
      });
    fc.assert(
      fc.property(
        fc.array(period, { minLength: 1, maxLength: 5 }),
        fc.double({ min: 0.1, max: 3, noNaN: true }),
        (drawn, reserved) => {
          const length = drawn.reduce((sum, { seconds: each }) => sum + each, 0);
          const periods = drawn.map((each) => scaled(each, 1 / length));
          const host = hostOf(periods, reserved);
          const [[cut], [whole]] = [host.containers, hostOf(periods, reserved, { cut: false }).containers];
          const error = identityErrorSeconds(host);
          if (cut?.source !== 'exact' || whole?.source !== 'exact') throw new Error('not the exact source');
          if (error > 1e-6) throw new Error(`identities miss by ${error}`);
          if (cut.gap.estimate < whole.gap.estimate - 1e-6) throw new Error('the periods hide a gap');
          if (cut.entitled.estimate > whole.entitled.estimate + 1e-6) throw new Error('E grew');
          if (cut.whereabouts.phantom > cut.gap.estimate + 1e-9) throw new Error('more phantom than gap');
        },
      ),
      { numRuns: 200 },
    );
  },
);

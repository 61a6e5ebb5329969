import t from 'tap';
import { ancestorPaths, deriveHostLedger } from '../../ledger/derive.ts';
import type { ContainerLedger, GapCauses, VerdictKind } from '../../ledger/ledger.ts';
import { samplePair, type ContainerRow, type WindowRow } from '../support/sample-pair.ts';

function ledgerOf(row: WindowRow, path: string): ContainerLedger {
  const found = deriveHostLedger(...samplePair(row)).containers.find((c) => c.path === path);
  if (!found) throw new Error(`no ledger of ${path}`);
  return found;
}

const beside = (received: number): ContainerRow => ({ path: '/n', reserved: 0.5, received });
const sleepers = (count: number): readonly (readonly [number, number, number])[] =>
  Array.from({ length: count }, () => [0, 0, 0] as const);

interface Row {
  readonly name: string;
  readonly window: Omit<WindowRow, 'containers'>;
  readonly victim: ContainerRow;
  readonly others?: readonly ContainerRow[];
  /** Expected figures of the victim in CPU-seconds, to 0.01. */
  readonly entitled: number;
  readonly gap: number;
  readonly phantom?: number;
  readonly causes?: Partial<GapCauses>;
  readonly verdict: VerdictKind;
  readonly harmful?: boolean;
}

/** Figures from docs/measurement.md and from runs on a real kernel (one second windows unless stated). */
const rows: readonly Row[] = [
  {
    name: 'worked example: 1 thread of weight 1024 beside 3 of 683 on 3 CPUs',
    window: {
      cpus: [
        [1, 0],
        [1, 0],
        [1, 0],
      ],
    },
    victim: { path: '/t', reserved: 1, received: 0.6, some: 0.4, threads: [[0.6, 0.4, 100]] },
    others: [beside(2.4)],
    entitled: 1,
    gap: 0.4,
    phantom: 0,
    causes: { runqueue_sharing: 0.4 },
    verdict: 'contended',
  },
  {
    name: 'worked example with the neighbour capped at 2 CPUs: all of the gap is phantom',
    window: {
      cpus: [
        [0.89, 0.11],
        [0.89, 0.11],
        [0.887, 0.113],
      ],
    },
    victim: { path: '/t', reserved: 1, received: 0.667, some: 0.333, threads: [[0.667, 0.333, 100]] },
    others: [beside(2)],
    entitled: 1,
    gap: 0.333,
    phantom: 0.333,
    causes: { runqueue_sharing: 0.333 },
    verdict: 'phantom',
  },
  {
    name: 'barrier pair beside 8 spinners: demand that the wait itself suppressed is in the gap',
    window: {
      cpus: [
        [1, 0],
        [1, 0],
      ],
    },
    victim: {
      path: '/t',
      reserved: 1.5,
      received: 1.316,
      some: 0.15,
      threads: [
        [0.658, 0.172, 200],
        [0.658, 0.172, 200],
      ],
    },
    others: [beside(0.684)],
    entitled: 1.5,
    gap: 0.184,
    verdict: 'contended',
  },
  {
    name: 'the same pair alone borrows and misses nothing',
    window: {
      cpus: [
        [0.94, 0.06],
        [0.94, 0.06],
      ],
    },
    victim: {
      path: '/t',
      reserved: 1.5,
      received: 1.87,
      some: 0.002,
      threads: [
        [0.935, 0.002, 200],
        [0.935, 0.002, 200],
      ],
    },
    entitled: 1.5,
    gap: 0,
    verdict: 'borrowing',
  },
  {
    name: 'one thread at half a CPU by its quota',
    window: {
      cpus: [
        [0.5, 0.5],
        [0, 1],
      ],
    },
    victim: {
      path: '/t',
      reserved: 1,
      received: 0.5,
      some: 0.5,
      full: 0.5,
      threads: [[0.5, 0.5, 10]],
      periods: 10,
      throttledPeriods: 10,
      throttled: 0.499,
      throttledSelf: 0.499,
      quotaCores: 0.5,
    },
    entitled: 1,
    gap: 0.5,
    causes: { throttled: 0.5 },
    verdict: 'throttled_harmful',
    harmful: true,
  },
  {
    name: 'four threads on 2 CPUs with a quota of 1: throttled, and behind each other while they run',
    window: {
      cpus: [
        [0.5, 0.5],
        [0.5, 0.5],
      ],
    },
    victim: {
      path: '/t',
      reserved: 2,
      received: 1,
      some: 0.81,
      full: 0.49,
      threads: [
        [0.25, 0.7475, 50],
        [0.25, 0.7475, 50],
        [0.25, 0.7475, 50],
        [0.25, 0.7475, 50],
      ],
      periods: 10,
      throttledPeriods: 10,
      throttled: 0.984,
      throttledSelf: 0.984,
      quotaCores: 1,
    },
    entitled: 2,
    gap: 1,
    causes: { throttled: 0.66, self: 0.333 },
    verdict: 'throttled_harmful',
    harmful: true,
  },
  {
    name: 'a batch job at its limit, above its reservation: throttling is policy',
    window: {
      cpus: [
        [0.5, 0.5],
        [0.5, 0.5],
      ],
    },
    victim: {
      path: '/t',
      reserved: 0.5,
      received: 1,
      some: 0.5,
      full: 0.49,
      threads: [
        [0.5, 0.5, 10],
        [0.5, 0.5, 10],
      ],
      periods: 10,
      throttledPeriods: 10,
      throttled: 0.98,
      throttledSelf: 0.98,
      quotaCores: 1,
    },
    entitled: 0.5,
    gap: 0,
    verdict: 'throttled_harmless',
    harmful: false,
  },
  {
    name: 'bursts well under the limit that are stopped for most of a period',
    window: {
      cpus: [
        [0.1, 0.9],
        [0.1, 0.9],
      ],
    },
    victim: {
      path: '/t',
      reserved: 0.1,
      received: 0.2,
      some: 0.1,
      full: 0.1,
      threads: [
        [0.1, 0.12, 10],
        [0.1, 0.12, 10],
      ],
      periods: 10,
      throttledPeriods: 2,
      throttled: 0.24,
      throttledSelf: 0.24,
      quotaCores: 1,
    },
    entitled: 0.03,
    gap: 0,
    verdict: 'throttled_harmful',
    harmful: true,
  },
  {
    name: 'four threads, 2 CPUs reserved, but a cpuset of one CPU: it stands in its own way',
    window: {
      cpus: [
        [1, 0],
        [0, 1],
      ],
    },
    victim: {
      path: '/t',
      reserved: 2,
      received: 1,
      some: 1,
      full: 0,
      allowed: [0],
      threads: [
        [0.25, 0.75, 50],
        [0.25, 0.75, 50],
        [0.25, 0.75, 50],
        [0.25, 0.75, 50],
      ],
    },
    entitled: 2,
    gap: 1,
    phantom: 0,
    causes: { self: 1 },
    verdict: 'self_limited',
  },
  {
    name: 'usage far below the reservation is no gap where nobody waited',
    window: {
      cpus: [
        [0.3, 0.7],
        [0.3, 0.7],
      ],
    },
    victim: { path: '/t', reserved: 2, received: 0.3, some: 0, threads: [[0.3, 0, 50], ...sleepers(20)] },
    entitled: 0.3,
    gap: 0,
    verdict: 'satisfied',
  },
  {
    name: 'a server of 20 threads that waits little misses little, however large its reservation',
    window: {
      cpus: [
        [1, 0],
        [1, 0],
      ],
    },
    victim: {
      path: '/t',
      reserved: 2,
      received: 0.3,
      some: 0.01,
      threads: [[0.3, 0.01, 50], ...sleepers(19)],
    },
    others: [beside(1.7)],
    entitled: 0.32,
    gap: 0.02,
    verdict: 'contended',
  },
  {
    name: 'the hypervisor is the only rival',
    window: { cpus: [[0.6, 0, 0.4]] },
    victim: { path: '/t', reserved: 1, received: 0.6, some: 0, threads: [[0.6, 0, 50]] },
    entitled: 1,
    gap: 0.4,
    causes: { steal: 0.4 },
    verdict: 'stolen',
  },
  {
    name: 'busy CPUs that no container used are the system',
    window: { cpus: [[1, 0]] },
    victim: { path: '/t', reserved: 1, received: 0.7, some: 0.3, threads: [[0.7, 0.3, 50]] },
    entitled: 1,
    gap: 0.3,
    causes: { system: 0.3 },
    verdict: 'contended',
  },
  {
    name: 'a systemd service without a reservation is a part of the system',
    window: { cpus: [[1, 0]] },
    victim: { path: '/t', reserved: 1, received: 0.7, some: 0.3, threads: [[0.7, 0.3, 50]] },
    others: [{ path: '/system.slice/x.service', kind: 'systemd', received: 0.3 }],
    entitled: 1,
    gap: 0.3,
    causes: { system: 0.3 },
    verdict: 'contended',
  },
  {
    name: 'a neighbour on the same CPU is the rival, not the host that is busy on another',
    window: {
      cpus: [
        [1, 0],
        [1, 0],
      ],
    },
    victim: { path: '/t', reserved: 0.8, received: 0.5, some: 0.5, threads: [[0.5, 0.5, 50]], allowed: [1] },
    others: [{ path: '/n', reserved: 0.2, received: 0.5, allowed: [1] }],
    entitled: 0.8,
    gap: 0.3,
    causes: { runqueue_sharing: 0.3, system: 0 },
    verdict: 'contended',
  },
  {
    name: 'a neighbour on another CPU is no rival',
    window: {
      cpus: [
        [1, 0],
        [1, 0],
      ],
    },
    victim: { path: '/t', reserved: 0.8, received: 0.5, some: 0.5, threads: [[0.5, 0.5, 50]], allowed: [1] },
    others: [{ path: '/n', reserved: 0.2, received: 1, allowed: [0] }],
    entitled: 0.8,
    gap: 0.3,
    causes: { runqueue_sharing: 0, system: 0.3 },
    verdict: 'contended',
  },
  {
    name: 'a neighbour that may also run elsewhere shares with the system what they used',
    window: {
      cpus: [
        [1, 0],
        [1, 0],
      ],
    },
    victim: { path: '/t', reserved: 0.8, received: 0.5, some: 0.5, threads: [[0.5, 0.5, 50]], allowed: [1] },
    others: [{ path: '/n', reserved: 0.2, received: 1 }],
    entitled: 0.8,
    gap: 0.3,
    causes: { runqueue_sharing: 0.2, system: 0.1 },
    verdict: 'contended',
  },
  {
    name: 'threads that came and went leave their part unexplained',
    window: { cpus: [[1, 0]] },
    victim: { path: '/t', reserved: 1, received: 0.5, some: 0.5, threads: [[0.4, 0.4, 50]] },
    others: [beside(0.5)],
    entitled: 1,
    gap: 0.5,
    causes: { runqueue_sharing: 0.4, unexplained: 0.1 },
    verdict: 'contended',
  },
  {
    name: 'a cgroup without a reservation is owed nothing',
    window: { cpus: [[1, 0]] },
    victim: { path: '/t', received: 0.5, some: 0.5, threads: [[0.5, 0.5, 50]] },
    entitled: 0,
    gap: 0,
    verdict: 'no_reservation',
  },
  {
    name: 'neither pressure nor threads: nobody is accused, and the bounds say so',
    window: { cpus: [[1, 0]] },
    victim: { path: '/t', reserved: 1, received: 0.5 },
    entitled: 0.5,
    gap: 0,
    verdict: 'unknown',
  },
];

const near = (actual: number, expected: number): boolean => Math.abs(actual - expected) <= 0.0101;

for (const row of rows) {
  t.test(row.name, async (t) => {
    const ledger = ledgerOf({ ...row.window, containers: [row.victim, ...(row.others ?? [])] }, '/t');
    const figures = JSON.stringify({
      e: ledger.entitled,
      g: ledger.gap,
      c: ledger.causes,
      w: ledger.waiting,
    });
    t.ok(near(ledger.entitled.estimate, row.entitled), `entitled ${row.entitled}: ${figures}`);
    t.ok(near(ledger.gap.estimate, row.gap), `gap ${row.gap}: ${figures}`);
    if (row.phantom !== undefined) t.ok(near(ledger.whereabouts.phantom, row.phantom));
    for (const [cause, seconds] of Object.entries(row.causes ?? {})) {
      t.ok(near(ledger.causes[cause as keyof GapCauses], seconds), `${cause} ${seconds}: ${figures}`);
    }
    t.equal(ledger.verdict.kind, row.verdict, ledger.verdict.sentence);
    if (row.harmful !== undefined) t.equal(ledger.throttling?.harmful, row.harmful);
    t.ok(ledger.gap.low <= ledger.gap.estimate && ledger.gap.estimate <= ledger.gap.high, figures);
  });
}

t.test('for a single thread the bounds meet up to what straddles the edges', async (t) => {
  const { gap } = ledgerOf({ ...rows[0]!.window, containers: [rows[0]!.victim, beside(2.4)] }, '/t');
  t.ok(gap.high - gap.low <= 0.02, JSON.stringify(gap));
});

t.test('a burst of ten threads: the bounds hold a gap of zero', async (t) => {
  const threads = Array.from({ length: 10 }, () => [0.013, 0.035, 4] as const);
  const window = {
    cpus: [
      [0.07, 0.93],
      [0.06, 0.94],
    ] as const,
  };
  const { gap } = ledgerOf(
    { ...window, containers: [{ path: '/t', reserved: 1, received: 0.13, some: 0.05, threads }] },
    '/t',
  );
  t.equal(gap.low, 0);
  t.ok(gap.estimate <= 0.06, JSON.stringify(gap));
});

t.test('a parent that throttles is named', async (t) => {
  const parent = {
    path: '/pod',
    isContainer: false,
    quotaCores: 0.5,
    periods: 10,
    throttledPeriods: 9,
    throttled: 0.5,
    received: 0.5,
  };
  const child: ContainerRow = {
    path: '/pod/c',
    reserved: 1,
    received: 0.5,
    some: 0.5,
    threads: [[0.5, 0.5, 10]],
    throttledSelf: 0.5,
  };
  const ledger = ledgerOf({ cpus: [[0.5, 0.5]], containers: [parent, child] }, '/pod/c');
  t.equal(ledger.throttling?.byPath, '/pod');
  t.equal(ledger.throttling?.throttledPeriods, 9);
  t.equal(ledger.settings.quotaCores, 0.5);
  t.match(ledger.verdict.sentence, '/pod');
});

t.test("a parent's counter is of all its queues, cpu.stat.local of the container's own", async (t) => {
  const pod = { isContainer: false, quotaCores: 0.5, periods: 10, throttledPeriods: 9, received: 1 };
  const child = { path: '/pod/c', reserved: 1, received: 0.5, some: 0.2, threads: [[0.5, 0.2, 10]] as const };
  const throttledOf = (local: { readonly throttledSelf?: number }): number | undefined =>
    ledgerOf(
      {
        cpus: [[1, 1]],
        containers: [
          { ...pod, path: '/pod', throttled: 0.9 },
          { ...child, ...local },
        ],
      },
      '/pod/c',
    ).throttling?.throttledSeconds;
  t.equal(throttledOf({ throttledSelf: 0.125 }), 0.125);
  t.equal(throttledOf({}), 0.9);
});

t.test('the upper bound of several threads: all but one of them were held up', async (t) => {
  const threads = [
    [0.25, 0.125, 4],
    [0.25, 0, 4],
  ] as const;
  const victim = { path: '/t', reserved: 2, received: 0.5, some: 0.125, full: 0, threads };
  const row: WindowRow = { cpus: [[0.5, 0.5, 0]], containers: [{ ...victim, allowed: [0] }] };
  const { entitled, gap } = ledgerOf(row, '/t');
  // U + (T - 1) V + min(R, 1) y with V = W + pending = 0.125 + 0.125 and y one jiffy of 4 ms per CPU and collection.
  t.ok(Math.abs(entitled.high - 0.758) < 0.001, JSON.stringify(entitled));
  t.ok(Math.abs(gap.high - 0.258) < 0.001, JSON.stringify(gap));
});

t.test('interrupts are a part of the busy time', async (t) => {
  const [a, b] = samplePair({ cpus: [[0.5, 0.25]], containers: [] });
  const cpus = b.host.cpus.map((cpu) => ({ ...cpu, irqNs: 125_000_000n, softirqNs: 125_000_000n }));
  t.same(deriveHostLedger(a, { ...b, host: { ...b.host, cpus } }).host, {
    busySeconds: 0.75,
    idleSeconds: 0.25,
    stealSeconds: 0,
    irqSeconds: 0.25,
  });
});

t.test('without /proc/stat nobody knows who else ran: nobody is accused of it', async (t) => {
  const threads = sleepers(3).map(() => [0.2, 0.4, 20] as const);
  const victim = { path: '/t', reserved: 1, received: 0.6, some: 0.8, threads };
  const [a, b] = samplePair({ cpus: [[1, 0]], containers: [{ ...victim, allowed: [0] }] });
  const without = (sample: typeof a): typeof a => ({ ...sample, host: { ...sample.host, cpus: [] } });
  const ledger = deriveHostLedger(without(a), without(b)).containers[0]!;
  const { self, unexplained, runqueue_sharing: others, system } = ledger.causes;
  t.same([others, system], [0, 0]);
  t.ok(self > 0.1 && unexplained > 0.1, JSON.stringify(ledger.causes));
  t.ok(near(self + unexplained, ledger.gap.estimate));
  t.ok(ledger.quality.includes('no_cpu_times'));
});

t.test('a reservation of zero, no CPU time and no CPUs make no NaN', async (t) => {
  const rows: readonly WindowRow[] = [
    { cpus: [[0, 0]], containers: [{ path: '/t', reserved: 0, received: 0, some: 0, threads: [] }] },
    {
      cpus: [[0, 0]],
      containers: [{ path: '/t', reserved: 0, received: 0.5, some: 1, threads: [[0, 0, 0]] }],
    },
    { cpus: [], containers: [{ path: '/t', reserved: 1, received: 0, some: 0, threads: [[0, 0, 0]] }] },
    {
      cpus: [],
      containers: [{ path: '/t', reserved: 1, received: 0.5, some: 0.5, throttled: 1, periods: 0 }],
    },
  ];
  const numbersIn = (value: unknown): readonly number[] => {
    if (typeof value === 'number') return [value];
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
  };
  for (const row of rows) {
    const found = numbersIn(ledgerOf(row, '/t'));
    t.ok(found.length > 10 && found.every((number) => number >= 0 && Number.isFinite(number)), found.join());
  }
});

t.test('a re-created cgroup, a counter that fell and a window without length give no ledger', async (t) => {
  const row: WindowRow = { cpus: [[1, 0]], containers: [{ path: '/t', received: 0.5, some: 0 }] };
  const [a, b] = samplePair(row);
  const other = { ...b, cgroups: b.cgroups.map((c) => ({ ...c, cgroupId: 99n })) };
  t.same(deriveHostLedger(a, other).containers, []);
  t.same(deriveHostLedger(a, a).containers, []);
  const fallen = { ...b, cgroups: b.cgroups.map((c) => ({ ...c, usageNs: 1n })) };
  t.same(
    deriveHostLedger(a, fallen).containers.map((c) => c.quality.includes('no_usage')),
    [true],
  );
});

t.test('ancestors, nearest first', async (t) => {
  t.same(ancestorPaths('/a/b/c'), ['/a/b', '/a']);
  t.same(ancestorPaths('/a'), []);
});

/**
 * The portable ledger of random simulated hosts against their truth: the identities hold to rounding, and the bounds of
 * E and G contain what really happened.
 *
 * The bounds rest on PSI and on run_delay. A wait is in run_delay only once it ended, so the ledger allows a wait of at least
 * 10 ms to straddle each edge of the window; where the simulation had a longer one there, the bounds are
 * widened here by what it hid.
 */
import t from 'tap';
import { deriveHostLedger } from '../../ledger/derive.ts';
import { gapCauses, type ContainerLedger } from '../../ledger/ledger.ts';
import { fc } from '../support/properties.ts';
import { observeAt } from '../support/simulated-host.ts';
import type { HostSpec } from '../support/simulation/spec.ts';
import type { WindowTruth } from '../support/simulation/truth.ts';
import { hostSpecs, type WorldOptions } from '../support/simulation/worlds.ts';

const rounding = 1e-9;
/** Files count in microseconds. */
const resolution = 1e-5;
const allowedStraddleSeconds = 0.01;
/** In step with neither ticks nor quota periods. */
const warmUpSeconds = 0.3013;

interface Judged {
  readonly ledger: ContainerLedger;
  readonly truth: WindowTruth;
}

/** Ledger and truth of every container in each of two windows of `windowSeconds`. */
function judge(spec: HostSpec, windowSeconds: number): readonly Judged[] {
  const edges = [0, 1, 2].map((i) => warmUpSeconds + i * windowSeconds);
  const { host, observations } = observeAt(spec, edges);
  return observations.slice(1).flatMap((to, i) => {
    const from = observations[i]!;
    return deriveHostLedger(from.sample, to.sample).containers.map((ledger) => ({
      ledger,
      truth: host.truth(ledger.path, from, to),
    }));
  });
}

const mostCpus = 4;
const plain: WorldOptions = { steal: false, churn: false, mostCpus };
const windows = fc.constantFrom(0.2, 0.5, 1, 2.3);
const sumOf = (parts: readonly number[]): number => parts.reduce((a, b) => a + b, 0);
const same = (a: number, b: number): boolean => Math.abs(a - b) <= rounding * Math.max(1, Math.abs(a));

function brokenIdentities(ledger: ContainerLedger): readonly string[] {
  const { received: U, entitled, gap, unclaimed, borrowed, causes, whereabouts } = ledger;
  const [E, G] = [entitled.estimate, gap.estimate];
  const reserved = (ledger.reservation?.cores ?? 0) * ledger.windowSeconds;
  const checks: readonly (readonly [string, boolean])[] = [
    ['R D = min(U, E) + G + unclaimed', same(reserved, Math.min(U, E) + G + unclaimed)],
    ['U = min(U, E) + borrowed', same(U, Math.min(U, E) + borrowed)],
    ['causes sum to G', same(G, sumOf(gapCauses.map((cause) => causes[cause])))],
    ['no cause is negative', gapCauses.every((cause) => causes[cause] >= 0)],
    ['whereabouts sum to G', same(G, whereabouts.phantom + whereabouts.taken)],
    ['no whereabouts are negative', whereabouts.phantom >= 0 && whereabouts.taken >= 0],
    ['E in order', entitled.low <= E && E <= entitled.high],
    ['G in order', gap.low <= G && G <= gap.high],
    ['G = max(0, E - U)', same(G, Math.max(0, E - U))],
    ['E <= R D', entitled.high <= reserved + rounding],
  ];
  return checks.flatMap(([name, holds]) => (holds ? [] : [name]));
}

/** How far the truth lies outside of the bounds, seconds; 0 is inside. */
function missOf({ ledger, truth }: Judged): number {
  const entitled = Math.min(truth.entitled, (ledger.reservation?.cores ?? 0) * ledger.windowSeconds);
  const miss = (bounds: ContainerLedger['gap'], value: number): number =>
    Math.max(0, bounds.low - value, value - bounds.high);
  return Math.max(miss(ledger.entitled, entitled), miss(ledger.gap, truth.gap));
}

/** What waits longer than allowed for can have hidden at the window's edges. */
function hiddenAtEdges({ ledger, truth }: Judged): number {
  const beyond = (longest: number, seconds: number): number =>
    longest > allowedStraddleSeconds ? seconds : 0;
  const { pendingAtStart: start, pendingAtEnd: end } = truth;
  return (
    beyond(start.longest, start.sum) + beyond(end.longest, end.longest * Math.max(1, ledger.threadCount ?? 1))
  );
}

interface Worlds extends Partial<WorldOptions> {
  readonly runs: number;
  readonly emission?: HostSpec['emission'];
}

function holdsIn(worlds: Worlds, tolerance: (judged: Judged) => number): void {
  const { runs, emission = {}, ...options } = worlds;
  fc.assert(
    fc.property(hostSpecs({ ...plain, ...options }), windows, (spec, windowSeconds) => {
      for (const judged of judge({ ...spec, emission }, windowSeconds)) {
        const broken = brokenIdentities(judged.ledger);
        if (broken.length > 0) throw new Error(`${judged.ledger.path}: ${broken.join('; ')}`);
        const miss = missOf(judged);
        if (miss > tolerance(judged) + resolution) {
          const { entitled, gap } = judged.ledger;
          throw new Error(
            `${judged.ledger.path}: outside by ${miss}: E ${JSON.stringify(entitled)}, G ${JSON.stringify(gap)}, ` +
              `truth ${JSON.stringify(judged.truth)}`,
          );
        }
      }
    }),
    // Shrinking a host takes minutes, and a failure names the container and its numbers anyway.
    { numRuns: runs, endOnFailure: true },
  );
}

t.test('random worlds', async () => {
  holdsIn({ runs: 70 }, hiddenAtEdges);
});

t.test('random worlds with short-lived threads', async () => {
  holdsIn({ runs: 40, churn: true }, hiddenAtEdges);
});

t.test('random worlds with steal, known in ticks of 10 ms per CPU', async () => {
  holdsIn({ runs: 40, steal: true }, (judged) => hiddenAtEdges(judged) + mostCpus * 0.01);
});

t.test(
  'random worlds as a kernel shows them: run time up to the last tick, one file after the other',
  async () => {
    const emission = { accountingTickNs: 4_000_000, readNs: 200_000 };
    holdsIn({ runs: 40, emission }, (judged) => hiddenAtEdges(judged) + mostCpus * 0.004);
  },
);

t.test('windows whose bounds miss the truth, however little, are rare', async (t) => {
  const specs = fc.sample(hostSpecs({ ...plain, churn: true }), { numRuns: 60, seed: 5 });
  const misses = specs.flatMap((spec) => judge(spec, 1)).map(missOf);
  const missed = misses.filter((miss) => miss > resolution).length;
  t.ok(missed <= 0.01 * misses.length, `${missed} of ${misses.length} windows`);
});

t.test('ten threads that work 10 ms once a second miss nothing', async (t) => {
  const burst = {
    path: '/burst',
    reservedCores: 1,
    workloads: [
      {
        kind: 'cycle' as const,
        threads: 10,
        periodNs: 1_000_000_000,
        burstNs: 10_000_000,
        phaseNs: 100_000_000,
        together: true,
      },
    ],
  };
  for (const { ledger, truth } of judge({ seed: 1, cpuCount: 2, containers: [burst] }, 1)) {
    t.equal(truth.gap, 0);
    t.equal(truth.mostRunnable, 10);
    t.ok(Math.abs(truth.received - 0.1) < 1e-6);
    t.ok(truth.entitled < 0.06);
    t.equal(ledger.gap.low, 0);
    t.ok(missOf({ ledger, truth }) === 0);
    t.ok(ledger.gap.estimate < 0.1, `estimate ${ledger.gap.estimate}`);
  }
});

t.test('a thread whose CPU the hypervisor takes for half of the time', async (t) => {
  const spinner = { path: '/c', reservedCores: 1, workloads: [{ kind: 'spin' as const, threads: 1 }] };
  const steal = [{ cpu: 0, periodNs: 20_000_000, lengthNs: 10_000_000 }];
  for (const judged of judge({ seed: 1, cpuCount: 1, containers: [spinner], steal }, 1)) {
    const { ledger, truth } = judged;
    t.ok(Math.abs(truth.gap - 0.5) < 0.011, `truth ${truth.gap}`);
    t.equal(truth.waitingMoments, 0, 'neither pressure nor run_delay shows it');
    t.ok(missOf(judged) <= 0.01, JSON.stringify(ledger.gap));
    t.ok(Math.abs(ledger.gap.estimate - truth.gap) <= 0.02, `estimate ${ledger.gap.estimate}`);
  }
});

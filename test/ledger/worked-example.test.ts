/**
 * The worked example of docs/measurement.md on a simulated host: 3 CPUs; T has one thread and weight 1024, N has three
 * threads, one per CPU, and weight 2048. T gets 1024 / (1024 + 683) = 0.60 of its reserved CPU. With N capped at 2 CPUs
 * T gets 66.7 ms of every 100 ms, and the missing 33.3 ms stand idle beside it.
 */
import t from 'tap';
import { deriveHostLedger } from '../../ledger/derive.ts';
import type { ContainerLedger } from '../../ledger/ledger.ts';
import { observeAt } from '../support/simulated-host.ts';
import type { HostSpec, QuotaSpec } from '../support/simulation/spec.ts';
import type { WindowTruth } from '../support/simulation/truth.ts';

const windowSeconds = 4;

function worldWith(quota?: QuotaSpec): HostSpec {
  return {
    seed: 1,
    cpuCount: 3,
    scheduling: { sliceNs: 100_000 },
    containers: [
      { path: '/t', weight: 1024, reservedCores: 1, workloads: [{ kind: 'spin', threads: 1, pins: [[0]] }] },
      {
        path: '/n',
        weight: 2048,
        reservedCores: 2,
        ...(quota && { quota }),
        workloads: [{ kind: 'spin', threads: 3, pins: [[0], [1], [2]] }],
      },
    ],
  };
}

function judge(spec: HostSpec): (path: string) => { truth: WindowTruth; ledger: ContainerLedger } {
  const { host, observations } = observeAt(spec, [0.5, 0.5 + windowSeconds]);
  const [from, to] = [observations[0]!, observations[1]!];
  const ledgers = deriveHostLedger(from.sample, to.sample).containers;
  return (path) => ({
    truth: host.truth(path, from, to),
    ledger: ledgers.find((ledger) => ledger.path === path)!,
  });
}

/** Per second of window, to within half a thousandth. */
const perSecond = (seconds: number): number => Math.round((seconds / windowSeconds) * 1000) / 1000;
/** /proc/stat counts in ticks of 10 ms on each of 3 CPUs. */
const tickSeconds = 0.01;

t.test('uncapped: 0.60 of one CPU', async (t) => {
  const of = judge(worldWith());
  const { truth, ledger } = of('/t');
  t.equal(perSecond(truth.received), 0.6);
  t.equal(perSecond(truth.entitled), 1);
  t.equal(perSecond(truth.gap), 0.4);
  t.equal(perSecond(truth.waits.others), 0.4);
  t.equal(truth.idle, 0);

  t.equal(perSecond(ledger.received), 0.6);
  t.equal(perSecond(ledger.entitled.estimate), 1);
  t.equal(perSecond(ledger.gap.estimate), 0.4);
  t.equal(perSecond(ledger.causes.runqueue_sharing), 0.4);
  t.equal(ledger.whereabouts.phantom, 0);
  t.equal(ledger.verdict.kind, 'contended');
  t.equal(perSecond(of('/n').ledger.received), 2.4);
});

t.test('neighbour capped at 2 CPUs: 66.7 ms of every 100 ms, and all of the gap is phantom', async (t) => {
  const of = judge(worldWith({ quotaNs: 200_000_000 }));
  const { truth, ledger } = of('/t');
  t.equal(perSecond(truth.received), 0.667);
  t.equal(perSecond(truth.gap), 0.333);
  t.equal(perSecond(Math.min(truth.gap, truth.idle)), 0.333);
  t.equal(perSecond(truth.idle), 0.333);
  t.equal(perSecond(truth.concurrentIdle), 0, 'CPUs fall idle only after T has its CPU for itself');

  t.equal(perSecond(ledger.received), 0.667);
  t.equal(perSecond(ledger.entitled.estimate), 1);
  t.equal(perSecond(ledger.gap.estimate), 0.333);
  t.ok(Math.abs(ledger.whereabouts.phantom - ledger.gap.estimate) <= 3 * tickSeconds);
  t.equal(perSecond(ledger.causes.runqueue_sharing), 0.333);
  t.equal(perSecond(ledger.causes.throttled), 0, 'T itself is not throttled');
  t.equal(ledger.verdict.kind, 'phantom');
  t.equal(perSecond(of('/n').ledger.received), 2);
});

t.test('each of the capped example’s 100 ms periods is like every other', async (t) => {
  const edges = Array.from({ length: 11 }, (_, i) => 1 + i / 10);
  const { host, observations } = observeAt(worldWith({ quotaNs: 200_000_000 }), edges);
  for (let i = 1; i < observations.length; i++) {
    const truth = host.truth('/t', observations[i - 1]!, observations[i]!);
    t.ok(Math.abs(truth.received - 0.0667) < 0.0003, `period ${i}: ${truth.received}`);
    t.ok(Math.abs(truth.gap - 0.0333) < 0.0003, `period ${i}: ${truth.gap}`);
    t.ok(Math.abs(truth.idle - 0.0333) < 0.0003, `period ${i}: ${truth.idle}`);
  }
});

/**
 * The exact ledger of loads with a known truth, and the portable bounds of the same samples beside it. What is expected
 * follows from what was really received in the real window, as in test/kernel-live.
 */
import t, { type Test } from 'tap';
import { ExactReader } from '../../host/exact-reader.ts';
import { gapCauses, type ContainerLedger, type GapCauses } from '../../ledger/ledger.ts';
import type { ExactWindow } from '../../ledger/exact.ts';
import { balanced, between, exactlyBalanced, whereQuiet } from '../support/live-assertions.ts';
import { LiveHost } from '../support/live-host.ts';
import { programsTest } from '../support/pinned-programs.ts';

const seconds = 1.2;

type Scenario = (t: Test, live: LiveHost, online: readonly number[]) => Promise<void>;

const mostOf = (causes: GapCauses): string | undefined =>
  [...gapCauses].sort((a, b) => causes[b] - causes[a])[0];

/** Time in which its threads were kept waiting by anything but themselves. */
const waitedForRest = ({ waitIdle, waitSystem, waitOthers, run, exec }: ExactWindow): number =>
  waitIdle + waitSystem + waitOthers + Math.max(0, run - exec);

/**
 * Of a container that wants `cores` all the time: what it did not get is its gap. The kernel's usage counter is up to a
 * tick behind at either end of the window, so a container that ran all the time may have received more than there was.
 */
function gapIsMissing(t: Test, ledger: ContainerLedger, cores: number): void {
  const missing = Math.max(0, cores * ledger.windowSeconds - ledger.received);
  between(
    t,
    ledger.gap.estimate,
    missing - 0.02,
    missing + 1e-3,
    `the gap is what is missing to ${cores} CPU`,
  );
}

const scenarios: Readonly<Record<string, Scenario>> = {
  'one CPU shared by weight, and who stood before whom': async (t, live, online) => {
    const cpus = online.slice(-1);
    const victim = live.add('victim', { reserved: 0.8, shares: 512, cpus });
    const loud = live.add('loud', { reserved: 0.1, shares: 1024, cpus });
    const quiet = live.add('quiet', { reserved: 0.1, shares: 1024, cpus });
    await live.load(quiet, { kind: 'duty', threads: 1, workMs: 1, everyMs: 50 });
    await live.loadAll({ [victim]: { kind: 'spin', threads: 1 }, [loud]: { kind: 'spin', threads: 3 } });
    const window = await live.measure(seconds);
    const ledger = exactlyBalanced(t, window, victim);
    const other = exactlyBalanced(t, window, loud);
    exactlyBalanced(t, window, quiet);

    between(t, ledger.received / (ledger.received + other.received), 0.28, 0.42, 'a third of what both got');
    gapIsMissing(t, ledger, 0.8);
    t.equal(ledger.verdict.kind, 'contended');
    t.equal(ledger.offenders?.[0]?.path, loud, 'behind the loud one');
    const { waitOthers } = window.exactOf(victim);
    const behindLoud = ledger.offenders?.[0]?.waitSeconds ?? 0;
    const named = ledger.offenders?.reduce((sum, { waitSeconds }) => sum + waitSeconds, 0) ?? 0;
    between(t, named, 0.99 * waitOthers, 1.01 * waitOthers, 'the offenders make all waiting behind others');
    t.ok(behindLoud > 0.5 * named, 'most of it behind the loud one', { offenders: ledger.offenders });
    whereQuiet(t, window, () => {
      t.ok(behindLoud > 0.9 * named, 'nearly all of it', { offenders: ledger.offenders });
    });
    between(t, ledger.whereabouts.phantom, 0, 0.1 * ledger.gap.estimate, 'its CPU was busy all the time');
  },

  'throttled by half of its reservation': async (t, live) => {
    const path = live.add('throttled', { reserved: 1, quotaCores: 0.5 });
    await live.load(path, { kind: 'spin', threads: 1 });
    const window = await live.measure(seconds);
    const ledger = exactlyBalanced(t, window, path);
    gapIsMissing(t, ledger, 1);
    between(t, ledger.received, 0, 0.6 * ledger.windowSeconds + 0.1, 'about its quota, and one period of it');
    t.equal(mostOf(ledger.causes), 'throttled');
    t.equal(ledger.verdict.kind, 'throttled_harmful');
    const { waitThrottled } = window.exactOf(path);
    t.ok(waitThrottled > 0.5 * (ledger.windowSeconds - ledger.received), 'and most waiting was that');
  },

  'two CPUs reserved, a cpuset of one': async (t, live, online) => {
    const path = live.add('narrow', { reserved: 2, cpus: online.slice(-1) });
    await live.load(path, { kind: 'spin', threads: 4 });
    const window = await live.measure(seconds);
    const ledger = exactlyBalanced(t, window, path);
    gapIsMissing(t, ledger, 2);
    const { waitSelf, run, concurrency } = window.exactOf(path);
    const most = concurrency.reduce((sum, inState, k) => sum + Math.max(0, k - 1) * inState, 0);
    between(t, waitSelf, 2.95 * run, 1.01 * most, 'three and more wait for their sibling while one runs');
    t.equal(ledger.verdict.kind, 'self_limited');
  },

  'ten threads that work at once and then sleep': async (t, live) => {
    const path = live.add('burst', { reserved: 1 });
    await live.load(path, { kind: 'burst', threads: 10, workMs: 10, everyMs: 500 });
    const window = await live.measure(seconds);
    const ledger = exactlyBalanced(t, window, path);
    const counted = window.exactOf(path);
    t.ok((counted.concurrency[10] ?? 0) > 0, 'all ten were runnable at once', {
      first: counted.concurrency.slice(0, 12),
    });
    t.ok((counted.concurrency[0] ?? 0) > 0.5 * seconds, 'and most of the time none');
    between(t, ledger.gap.estimate, 0, waitedForRest(counted) + 0.01, 'no gap but what others made');
  },

  'a barrier pair beside eight spinners': async (t, live) => {
    const pair = live.add('pair', { reserved: 1.5, shares: 1536 });
    const noise = live.add('noise', { reserved: 0.5, shares: 512 });
    await live.loadAll({
      [pair]: { kind: 'barrier', threads: 2, workMs: 1 },
      [noise]: { kind: 'spin', threads: 8 },
    });
    const window = await live.measure(seconds);
    const ledger = exactlyBalanced(t, window, pair);
    exactlyBalanced(t, window, noise);
    const { induced, waitOthers } = window.exactOf(pair);
    const wanted = ledger.entitled.estimate / ledger.windowSeconds;
    // How much the pair waits behind others is in their hands; its sibling sleeps meanwhile, but for the end of its own 1 ms.
    const waited = waitedForRest(window.exactOf(pair)) + window.exactOf(pair).waitSelf;
    between(t, induced, 0.25 * waitOthers - 0.01, waited + 0.01, 'a sibling slept for the one that waited');
    between(t, wanted, 0, 1.5 + 1e-6, 'wanted no more than its 1.5 CPUs');
    // While the hypervisor takes the CPU from one of them, the other sleeps, and that is in no runqueue.
    whereQuiet(t, window, () => {
      t.ok(induced > 0.03, 'much of the time', { induced });
      t.ok(wanted > 1.2, 'wanted more than one CPU', { wanted });
    });
    t.ok((ledger.gapInduced ?? 0) <= ledger.gap.estimate, 'the induced part is a part');
  },

  'a barrier pair and spinners on one CPU': async (t, live, online) => {
    const cpus = online.slice(-1);
    const pair = live.add('pair', { reserved: 1, shares: 1024, cpus });
    const noise = live.add('noise', { reserved: 0, shares: 1024, cpus });
    await live.loadAll({
      [pair]: { kind: 'barrier', threads: 2, workMs: 1 },
      [noise]: { kind: 'spin', threads: 2 },
    });
    const window = await live.measure(seconds);
    const ledger = exactlyBalanced(t, window, pair);
    t.ok(window.exactOf(pair).induced > 0, 'one slept for the other');
    gapIsMissing(t, ledger, 1);
  },

  'a barrier pair alone': async (t, live) => {
    const pair = live.add('pair', { reserved: 1.5 });
    await live.load(pair, { kind: 'barrier', threads: 2, workMs: 1 });
    const window = await live.measure(seconds);
    const ledger = exactlyBalanced(t, window, pair);
    const counted = window.exactOf(pair);
    const waited = waitedForRest(counted) + counted.waitSelf;
    between(t, counted.induced, 0, waited + 0.01, 'no more induced than waited');
    between(t, ledger.gap.estimate, 0, 2 * waited + 0.01, 'no gap but what waiting made');
  },

  'asleep, and a fifth of a CPU': async (t, live) => {
    const asleep = live.add('asleep', { reserved: 1 });
    const light = live.add('light', { reserved: 1 });
    await live.prepare(asleep, { kind: 'spin', threads: 1 });
    await live.load(light, { kind: 'duty', threads: 1, workMs: 20, everyMs: 100 });
    const window = await live.measure(seconds);
    const idle = exactlyBalanced(t, window, asleep);
    const awake = 0.02 * seconds + waitedForRest(window.exactOf(asleep));
    between(t, idle.entitled.estimate, 0, awake, 'a sleeping program wants nothing');
    const ledger = exactlyBalanced(t, window, light);
    between(t, ledger.gap.estimate, 0, waitedForRest(window.exactOf(light)) + 0.01, 'misses what it waited');
  },

  'threads in a child cgroup': async (t, live) => {
    const path = live.add('pod', { reserved: 0.5 });
    const inner = live.addParent('pod/inner', {});
    await live.load(inner, { kind: 'spin', threads: 1 });
    const window = await live.measure(seconds);
    const ledger = balanced(t, window, path);
    t.equal(ledger.source, 'portable');
    t.ok(ledger.quality.includes('nested_cgroups'), 'and says so', { quality: ledger.quality });
  },

  'a reader that starts anew in the middle': async (t, live) => {
    const path = live.add('steady', { reserved: 1 });
    await live.load(path, { kind: 'spin', threads: 1 });
    const window = await live.measure(seconds, () => {
      live.restartReader();
    });
    const ledger = exactlyBalanced(t, window, path);
    gapIsMissing(t, ledger, 1);
  },
};

programsTest(t, 'the exact ledger', 2, async (t, { programs, online }) => {
  const { code, stderr } = programs.loader('load');
  t.equal(code, 0, stderr);
  for (const [name, scenario] of Object.entries(scenarios)) {
    await t.test(name, async (t) => {
      const live = await LiveHost.open({ exact: () => new ExactReader({ folder: programs.folder }) });
      try {
        await scenario(t, live, online);
      } finally {
        await live.close();
      }
    });
  }
});

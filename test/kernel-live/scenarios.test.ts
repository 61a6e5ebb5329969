/**
 * Loads with a known truth in real cgroups, told apart. What is expected follows from what was really received in the
 * real window, so that neither another process nor a hypervisor that takes CPU time changes the outcome.
 */
import t, { type Test } from 'tap';
import { gapCauses, type ContainerLedger, type GapCauses, type VerdictKind } from '../../ledger/ledger.ts';
import { balanced, between, whereQuiet } from '../support/live-assertions.ts';
import { busiestBetween, sumTimes } from '../support/live-files.ts';
import type { LiveWindow } from '../support/live-host.ts';
import { liveTest } from '../support/live-test.ts';

/** Long enough that the 10 ms of /proc/stat and one 100 ms quota period are small. */
const seconds = 1.2;
/** A part of what the hypervisor did not cause: how much it takes is not in our hands. */
const shareOfGap = (ledger: ContainerLedger, cause: keyof GapCauses): number =>
  ledger.causes[cause] / (ledger.gap.estimate - ledger.causes.steal);

/** The verdict is the one of the scenario, unless the hypervisor took more than everything else together. */
function judged(t: Test, window: LiveWindow, ledger: ContainerLedger, kind: VerdictKind): void {
  const stealLimit = 3 * window.ledger.host.stealSeconds + 0.05;
  between(t, ledger.causes.steal, 0, stealLimit, 'no more is laid to the hypervisor than it took');
  t.equal(ledger.verdict.kind, mostOf(ledger.causes) === 'steal' ? 'stolen' : kind);
}

liveTest(t, 'throttled: a quota of a quarter of the reservation', 1, async (t, { live }) => {
  const path = live.add('throttled', { reserved: 1, quotaCores: 0.25 });
  const workload = await live.load(path, { kind: 'spin', threads: 1 });
  const window = await live.measure(seconds);
  const spinner = busiestBetween(...window.threads(workload));
  const ledger = balanced(t, window, path);

  // Its one thread always wants one CPU, so what it missed is what it waited.
  const missing = ledger.windowSeconds - ledger.received;
  const stolen = window.ledger.host.stealSeconds;
  const gap = ledger.gap.estimate;
  // On a full host the program's other threads come and go too, and the estimate then rests on pressure alone.
  between(t, gap, 0.6 * missing - stolen, missing + 0.01, 'the gap is what is missing to one CPU');
  const leastWaited = spinner.waited - 0.15;
  between(t, gap, 0.6 * leastWaited, spinner.waited + stolen + 0.15, 'and what its thread waited');
  const { least, most } = window.throttled(path);
  between(t, ledger.throttling?.throttledSeconds ?? NaN, least - 1e-6, most + 1e-6, 'throttled as counted');
  t.ok(shareOfGap(ledger, 'throttled') > 0.6, 'the quota made most of it', ledger.causes);
  judged(t, window, ledger, 'throttled_harmful');
  t.equal(ledger.throttling?.harmful, true);
  t.equal(ledger.throttling?.byPath, path);
  t.equal(ledger.settings.quotaCores, 0.25);
});

liveTest(
  t,
  'contended: a weight worth less than the reservation, on one CPU',
  1,
  async (t, { live, online }) => {
    // On one CPU weights are absolute: 512 of 1536 is a third of it, whoever has how many threads.
    const cpus = online.slice(-1);
    const victim = live.add('victim', { reserved: 0.8, shares: 512, cpus });
    const neighbour = live.add('neighbour', { reserved: 0.2, shares: 1024, cpus });
    await live.loadAll({ [victim]: { kind: 'spin', threads: 1 }, [neighbour]: { kind: 'spin', threads: 3 } });
    const window = await live.measure(seconds);
    const ledger = balanced(t, window, victim);
    const other = balanced(t, window, neighbour);

    const both = ledger.received + other.received;
    // By threads it would be a quarter, by halves a half.
    between(t, ledger.received / both, 0.28, 0.42, 'a third of what both received');
    const missing = 0.8 * ledger.windowSeconds - ledger.received;
    // Time that the hypervisor took while its thread stood on the CPU is neither run nor waited.
    const stolen = 0.8 * window.ledger.host.stealSeconds;
    between(
      t,
      ledger.gap.estimate,
      missing - stolen - 0.1,
      missing + 0.02,
      'the gap is what is missing to 0.8 CPU',
    );
    t.ok(ledger.gap.low <= missing, 'and within the bounds', ledger.gap);
    // Which part of it were other containers, and which other processes, a kernel file does not say.
    const behindOthers = shareOfGap(ledger, 'runqueue_sharing') + shareOfGap(ledger, 'system');
    between(t, behindOthers, 0.85, 1.001, 'behind others on the runqueue');
    judged(t, window, ledger, 'contended');
    between(
      t,
      ledger.whereabouts.phantom,
      0,
      0.1 * ledger.gap.estimate,
      'its CPU was busy with somebody else',
    );
    between(t, other.gap.estimate, 0, 0.02, 'the neighbour lost nothing');
    t.ok(other.borrowed > 0.2, 'and borrowed', { borrowed: other.borrowed });
  },
);

liveTest(t, 'self-limited: two CPUs reserved, a cpuset of one', 1, async (t, { live, online }) => {
  const path = live.add('narrow', { reserved: 2, cpus: online.slice(-1) });
  await live.load(path, { kind: 'spin', threads: 4 });
  const window = await live.measure(seconds);
  const ledger = balanced(t, window, path);

  const missing = 2 * ledger.windowSeconds - ledger.received;
  between(t, ledger.gap.estimate, missing - 0.1, missing + 0.01, 'the gap is what is missing to 2 CPUs');
  t.ok(shareOfGap(ledger, 'self') > 0.8, 'behind its own threads', ledger.causes);
  judged(t, window, ledger, 'self_limited');
  t.equal(ledger.settings.allowedCpuCount, 1);
});

liveTest(t, 'wanted little, received it: no gap below the reservation', 1, async (t, { live }) => {
  const asleep = live.add('asleep', { reserved: 1 });
  const light = live.add('light', { reserved: 1 });
  const sleeper = await live.prepare(asleep, { kind: 'spin', threads: 1 });
  const worker = await live.load(light, { kind: 'duty', threads: 1, workMs: 20, everyMs: 100 });
  const window = await live.measure(seconds);
  const [sleeperWaited = NaN, workerWaited = NaN] = [sleeper, worker].map((workload) => {
    const [before, after] = window.threads(workload);
    return sumTimes(after).waited - sumTimes(before).waited;
  });

  const idle = balanced(t, window, asleep);
  between(t, idle.received, 0, 0.05 * idle.windowSeconds, 'a sleeping program receives next to nothing');
  between(t, idle.gap.estimate, 0, sleeperWaited + 0.001, 'and misses nothing');
  const ledger = balanced(t, window, light);
  between(t, ledger.received, 0.05 * ledger.windowSeconds, 0.5 * ledger.windowSeconds, 'a fifth of a CPU');
  // What the hypervisor took while it ran is a gap too; /proc/stat counts that in ticks of 10 ms per CPU.
  const stolenAtMost = window.ledger.host.stealSeconds + 0.01 * window.ledger.onlineCpuCount;
  const heldUp = workerWaited + stolenAtMost + 0.001;
  between(t, ledger.gap.estimate, 0, heldUp, 'no gap but for the little that it waited');
  const notWanted = ledger.windowSeconds - ledger.received - heldUp;
  between(t, ledger.unclaimed, notWanted, ledger.windowSeconds, 'the rest was not wanted');
});

liveTest(t, 'borrowing: more threads than reserved CPUs on a free host', 2, async (t, { live }) => {
  const path = live.add('borrower', { reserved: 0.5 });
  await live.load(path, { kind: 'spin', threads: 2 });
  const window = await live.measure(seconds);
  const ledger = balanced(t, window, path);
  const beyond = ledger.received - 0.5 * ledger.windowSeconds;
  between(t, ledger.borrowed, beyond - 0.01, beyond + 0.01, 'everything beyond the reservation is borrowed');
  between(t, ledger.gap.estimate, 0, 0.01, 'no gap');
  t.equal(ledger.verdict.kind, 'borrowing');
});

liveTest(t, 'ten threads that work at once and then sleep: no gap on a free host', 2, async (t, { live }) => {
  const path = live.add('burst', { reserved: 1 });
  await live.load(path, { kind: 'burst', threads: 10, workMs: 10, everyMs: 500 });
  const window = await live.measure(seconds);
  const ledger = balanced(t, window, path);
  whereQuiet(t, window, () => {
    t.ok(ledger.gap.low < 0.01, 'the bounds hold the truth, which is that nothing is missing', ledger.gap);
  });
});

liveTest(t, 'cpu.idle: a whole group below everybody else', 1, async (t, { live, online }) => {
  const cpus = online.slice(-1);
  const path = live.add('idle-class', { reserved: 0.5, idle: true, cpus });
  const neighbour = live.add('neighbour', { reserved: 0.5, cpus });
  await live.loadAll({ [path]: { kind: 'spin', threads: 1 }, [neighbour]: { kind: 'spin', threads: 1 } });
  const window = await live.measure(seconds);
  const ledger = balanced(t, window, path);
  t.equal(ledger.settings.idle, true);
  t.ok(ledger.received < 0.1 * window.of(neighbour).received, 'next to nothing is left for it');
  const missing = 0.5 * ledger.windowSeconds - ledger.received;
  between(
    t,
    ledger.gap.estimate,
    missing - 0.5 * window.ledger.host.stealSeconds - 0.1,
    missing + 0.02,
    'its gap',
  );
  judged(t, window, ledger, 'contended');
});

liveTest(
  t,
  'throttled parent: the quota of the pod bites, the container has none',
  1,
  async (t, { live }) => {
    const pod = live.addParent('pod', { quotaCores: 0.25 });
    const path = live.add('pod/container', { reserved: 1 });
    await live.load(path, { kind: 'spin', threads: 1 });
    const window = await live.measure(seconds);
    const ledger = balanced(t, window, path);
    judged(t, window, ledger, 'throttled_harmful');
    t.equal(ledger.throttling?.byPath, pod);
    t.equal(ledger.settings.quota?.quotaUsec, 'max');
    t.equal(ledger.settings.quotaCores, 0.25);
    t.ok(shareOfGap(ledger, 'throttled') > 0.6, 'the quota made most of it', ledger.causes);
  },
);

function mostOf(causes: GapCauses): string | undefined {
  return [...gapCauses].sort((a, b) => causes[b] - causes[a])[0];
}

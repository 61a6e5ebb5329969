/** The demo on the real kernel: what it says, and that nothing of it stays behind. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { demoDocument } from '../../cli/demo/demo-result.ts';
import { runLiveDemo } from '../../cli/demo/run-live.ts';
import type { CgroupLayout } from '../../host/cgroup-layout.ts';
import { systemClock } from '../../host/clock.ts';
import { defaultRoots } from '../../host/roots.ts';
import { between } from '../support/live-assertions.ts';
import { readLine } from '../support/live-files.ts';
import { liveTest } from '../support/live-test.ts';
import { whyNoPrograms } from '../support/pinned-programs.ts';

const main = fileURLToPath(new URL('../../cli/cpugap.js', import.meta.url));

/** Demo cgroups in any hierarchy of the layout. */
function demoCgroups(layout: CgroupLayout): readonly string[] {
  const mounts = [layout.cpu, layout.cpuacct, layout.cpuset, layout.pressure].filter((m) => m !== undefined);
  return mounts.flatMap((mount) =>
    readdirSync(mount).flatMap((name) => (name.startsWith('cpugap-demo-') ? [`${mount}/${name}`] : [])),
  );
}

/** What programs loaded for a demo are mounted at, and the folders for that. */
const demoMounts = (): readonly string[] => [
  ...readdirSync(tmpdir()).filter((name) => name.startsWith('cpugap-demo-bpf-')),
  ...(readFileSync('/proc/self/mountinfo', 'utf8').match(/cpugap-demo-bpf-\d+/g) ?? []),
];

/** Starts the command; resolves when the victim's program is in its cgroup. */
async function startCommand(layout: CgroupLayout): Promise<{ demo: ChildProcess; victim: string }> {
  const demo = spawn(process.execPath, [main, 'demo', '--json'], {
    stdio: 'ignore',
    env: {},
  });
  for (;;) {
    const [folder] = demoCgroups(layout).filter((path) =>
      path.startsWith(`${layout.cpu}/cpugap-demo-${demo.pid}-`),
    );
    const victim = `${folder}/victim`;
    if (existsSync(victim) && readLine(`${victim}/cgroup.procs`) !== '') return { demo, victim };
    if (demo.exitCode !== null) throw new Error(`the demo ended with ${demo.exitCode}`);
    await systemClock.sleep(20);
  }
}

liveTest(t, 'the victim loses, and the numbers agree', 2, async (t, { live }) => {
  const shares: number[] = [];
  const result = await runLiveDemo({
    roots: defaultRoots,
    aloneSeconds: 1.5,
    besideSeconds: 3,
    signal: new AbortController().signal,
    onProgress: (_text, share) => shares.push(share),
  });
  const { before, work, origin } = demoDocument(result);
  t.same(origin, { kind: 'live' });
  const [victim, neighbour] = before.containers;
  t.equal(victim?.reservedCores, 1.5);
  t.equal(neighbour?.reservedCores, 0.5);
  if (!victim || !neighbour) return;
  const missing = 1.5 - victim.receivedCores;
  // Without the kernel's own programs the upper end is the estimate; steal and the window's edges lower it.
  const stolen = result.ledger.host.stealSeconds / result.ledger.windowSeconds;
  const most = missing + victim.borrowedCores + 0.02;
  // The exact source knows what it did not want; without it the upper end is the estimate.
  const { source, unclaimed, windowSeconds } = result.victim;
  const unwanted = source === 'exact' ? unclaimed / windowSeconds : 0.15;
  between(t, victim.gapCores, missing - unwanted - stolen - 0.01, most, 'the gap is what is missing');
  const { kind, why = '' } = demoDocument(result).source;
  t.match(
    why,
    kind === 'exact' ? /programs/ : /no programs are pinned|may not be read|failed/,
    'and says whose numbers',
  );
  if (whyNoPrograms() === undefined) t.equal(kind, 'exact', 'the programs are built, so they count');
  t.ok(victim.bounds[0] <= most, 'and within its bounds', { bounds: victim.bounds, missing });
  t.ok(neighbour.receivedCores > 0, 'the neighbour ran');
  t.ok((work?.besidePhasesPerSecond ?? 0) > 0, 'the victim worked');
  const counted = result.usageCounter ?? { least: NaN, most: NaN };
  const tick = 0.05;
  between(
    t,
    result.victim.received,
    counted.least - (source === 'exact' ? tick : 1e-6),
    counted.most + (source === 'exact' ? tick : 1e-6),
    'the usage counter, read apart, agrees',
  );
  t.same(
    shares,
    shares.toSorted((a, b) => a - b),
    'progress goes forward',
  );
  const own = demoCgroups(live.layout).filter((path) => path.includes(`cpugap-demo-${process.pid}-`));
  t.same(own, [], 'nothing is left');
  t.same(demoMounts(), [], 'no programs either');
});

liveTest(t, 'the tuner acts on the scene and gives everything back', 2, async (t, { live }) => {
  const result = await runLiveDemo({
    roots: defaultRoots,
    aloneSeconds: 0.5,
    besideSeconds: 2,
    tune: true,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  const { tuned } = result;
  t.equal(tuned?.failure, undefined);
  t.ok(tuned?.restored, 'every control file holds its original bytes');
  const { plan, restored } = demoDocument(result);
  t.equal(restored, true);
  // Beside foreign work there may be nothing for the tuner to mend; whatever it does begins with more weight for the victim.
  const [first] = tuned?.writes ?? [];
  t.equal(first === undefined, plan === undefined, 'what is written is planned');
  if (first) {
    t.match(first.path, /\/victim$/);
    t.equal(first.rung, 'weights');
    t.same(first.from, { knob: 'weight', weight: { kind: 'shares', shares: 1536 } });
  }
  const own = demoCgroups(live.layout).filter((path) => path.includes(`cpugap-demo-${process.pid}-`));
  t.same(own, [], 'nothing is left');
});

liveTest(t, 'SIGTERM: it ends and removes what it made', 2, async (t, { live }) => {
  const { demo } = await startCommand(live.layout);
  const exited = once(demo, 'exit');
  demo.kill('SIGTERM');
  t.same(await exited, [143, null]);
  t.same(demoCgroups(live.layout), []);
  t.same(demoMounts(), []);
});

liveTest(
  t,
  'killed, its load ends by itself, and the next demo removes its cgroups',
  2,
  async (t, { live }) => {
    const { demo, victim } = await startCommand(live.layout);
    const exited = once(demo, 'exit');
    demo.kill('SIGKILL');
    await exited;
    while (readLine(`${victim}/cgroup.procs`) !== '') await systemClock.sleep(20);
    t.ok(existsSync(victim), 'its cgroups are there');
    const next = await startCommand(live.layout);
    t.notOk(existsSync(victim), 'until the next one starts');
    const nextExited = once(next.demo, 'exit');
    next.demo.kill('SIGINT');
    t.same(await nextExited, [130, null], 'as Ctrl-C ends it');
    t.same(demoCgroups(live.layout), []);
    t.same(demoMounts(), [], 'of either demo');
  },
);

/** Experiments on the real kernel: a short one, one that is interrupted, one that was killed; nothing stays behind. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { parseResult } from '../../bench/report/parse-result.ts';
import type { BenchResult } from '../../bench/run/result.ts';
import { findProgram } from '../../bench/servers/find-program.ts';
import { totalCount } from '../../bench/statistics/histogram.ts';
import { readCgroupLayout, type CgroupLayout } from '../../host/cgroup-layout.ts';
import { createCgroup } from '../../host/cgroup-writer.ts';
import { systemClock } from '../../host/clock.ts';
import { defaultRoots } from '../../host/roots.ts';
import { ScratchCgroups } from '../../host/scratch-cgroups.ts';
import { liveTest, machineTest, onlineCpus, whyNoCgroups } from '../support/live-test.ts';

const main = fileURLToPath(new URL('../../cli/cpugap.js', import.meta.url));

function layoutHere(): CgroupLayout {
  const layout = readCgroupLayout(defaultRoots);
  if (!layout) throw new Error('no cgroups');
  return layout;
}

/** Cgroups and folders of the run with this pid. */
function remains(pid: number): readonly string[] {
  const { cpu, cpuacct = cpu, cpuset = cpu } = layoutHere();
  const cgroups = [cpu, cpuacct, cpuset].flatMap((mount) =>
    readdirSync(mount).filter((name) => name.startsWith(`cpugap-bench-${pid}-`)),
  );
  return [...cgroups, ...readdirSync(tmpdir()).filter((name) => name === `cpugap-bench-${pid}`)];
}

function startRun(file: string, ...words: readonly string[]): ChildProcess {
  const all = [main, 'bench', 'run', ...words, '--window', '0.5', '--anyway', '-o', file];
  return spawn(process.execPath, all, { stdio: 'ignore', env: {} });
}

async function inFolder(run: (file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(`${tmpdir()}/cpugap-test-`);
  try {
    await run(`${folder}/result.json`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const readResult = (file: string): BenchResult => parseResult(readFileSync(file, 'utf8'), file);

const why =
  whyNoCgroups() ??
  (onlineCpus().length < 2 ? 'needs 2 CPUs' : undefined) ??
  (findProgram('memcached') === undefined ? 'needs memcached' : undefined);

machineTest(t, 'memcached under open-loop load: every request is accounted for', why, async (t: Test) => {
  await inFolder(async (file) => {
    const run = startRun(file, 'interactive-memcached', '--arms', 'stock', '--time-budget', '1');
    await once(run, 'exit');
    t.equal(run.exitCode, 0);
    const { scenarios, complete, host } = readResult(file);
    t.equal(complete, true);
    t.ok(host.programs['memcached']);
    const [scenario] = scenarios;
    const trial = scenario?.trials.find(({ discarded }) => !discarded);
    t.same(
      scenario?.trials.slice(0, 2).map(({ discarded }) => discarded),
      [true, false],
    );
    if (!trial?.generator || !trial.victim.latency) throw new Error('no trial');
    // 2,000 a second for half a second, Poisson: a deviation of 32.
    t.ok(Math.abs(trial.generator.intended - 1000) < 250, String(trial.generator.intended));
    t.equal(totalCount(trial.victim.latency), trial.generator.intended);
    t.ok(trial.victim.receivedCores > 0);
    t.ok((trial.neighbours[0]?.perSecond ?? 0) > 0);
    t.same(remains(run.pid ?? 0), []);
  });
});

machineTest(t, 'Ctrl-C keeps what was measured and leaves nothing', why, async (t: Test) => {
  await inFolder(async (file) => {
    const run = startRun(file, 'batch-steady', '--arms', 'stock', '--time-budget', '100');
    while (remains(run.pid ?? 0).length === 0 && run.exitCode === null) await systemClock.sleep(20);
    run.kill('SIGINT');
    await once(run, 'exit');
    t.equal(run.exitCode, 130);
    t.match(readResult(file), { complete: false, scenarios: [{ ended: 'interrupted' }] });
    t.same(remains(run.pid ?? 0), []);
  });
});

liveTest(t, 'the next run ends what a killed one left running', 1, async (t, { live: { layout } }) => {
  const prefix = 'cpugap-test-bench';
  const { pid: deadPid } = spawnSync('true');
  const orphan = `/${prefix}-${deadPid}-1`;
  for (const path of [orphan, `${orphan}/pod`]) createCgroup(layout, path);
  const sleeper = spawn('sleep', ['60']);
  const ended = once(sleeper, 'exit');
  const options = { layout, clock: systemClock, proc: defaultRoots.proc, prefix, endsLeftovers: true };
  const before = await ScratchCgroups.open({ ...options, endsLeftovers: false, prefix: `${prefix}-other` });
  before.place(`${orphan}/pod`, sleeper.pid ?? 0);
  await before.close();
  const scratch = await ScratchCgroups.open(options);
  await ended;
  t.equal(sleeper.signalCode, 'SIGKILL');
  t.notOk(existsSync(`${layout.cpu}${orphan}`));
  await scratch.close();
});

/** Runs one pair on the real kernel and measures a window under each setting, without stopping it in between. */
import { readFileSync } from 'node:fs';
import { readCgroupLayout } from '../../host/cgroup-layout.ts';
import type { CgroupLayout } from '../../host/cgroup-layout.ts';
import type { CgroupSettings } from '../../host/cgroup-settings.ts';
import { applyCgroupSettings } from '../../host/cgroup-writer.ts';
import type { Clock } from '../../host/clock.ts';
import { fixedReservations } from '../../host/fixed-reservations.ts';
import { defaultRoots } from '../../host/roots.ts';
import { SampleReader } from '../../host/sample-reader.ts';
import { ScratchCgroups } from '../../host/scratch-cgroups.ts';
import { parseCpuSet } from '../../kernel/cpu-set.ts';
import type { CgroupSample, CpuWeight, Sample } from '../../kernel/sample.ts';
import { deriveCpuWindows, sumCpuWindows } from '../../ledger/host-times.ts';
import { completedPerSecond } from '../workloads/progress.ts';
import { WorkloadProcess } from '../workloads/workload-process.ts';
import type { MeasuredGroup, Measurement } from './measurement.ts';
import { periodUsec, type GroupSetting, type Pair, type PairSetting } from './scenarios.ts';

/** Enough that other processes of the machine hardly disturb the two. */
const parentShares = 16_384;
/** Load averages of the scheduler have a half-life of 32 ms; balancing takes some periods more. */
const settleMs = 400;

interface Placed {
  readonly path: string;
  readonly load: WorkloadProcess;
}

export async function measurePair(
  pair: Pair,
  settings: readonly PairSetting[],
  windowMs: number,
  clock: Clock,
): Promise<readonly Measurement[]> {
  const layout = readCgroupLayout(defaultRoots);
  if (!layout) throw new Error('no cgroup hierarchy with the cpu controller');
  const scratch = await ScratchCgroups.open({
    layout,
    clock,
    proc: defaultRoots.proc,
    prefix: 'cpugap-predictor',
    settings: { weight: weightOf(layout, parentShares) },
  });
  const placed: Placed[] = [];
  try {
    for (const name of ['target', 'neighbour'] as const) {
      const load = await WorkloadProcess.launch(pair[name]);
      const path = scratch.create(name);
      placed.push({ path, load });
      scratch.place(path, load.pid);
      await load.prepare();
    }
    return await measureSettings(pair, settings, windowMs, layout, clock, placed);
  } finally {
    await Promise.all(placed.map(({ load }) => load.end()));
    await scratch.close();
  }
}

async function measureSettings(
  pair: Pair,
  settings: readonly PairSetting[],
  windowMs: number,
  layout: CgroupLayout,
  clock: Clock,
  placed: readonly Placed[],
): Promise<readonly Measurement[]> {
  const [target, neighbour] = placed;
  if (!target || !neighbour) return [];
  const names = new Map(
    placed.map(({ path }) => [path, { name: path, reservation: { cores: 1, source: 'the scenario' } }]),
  );
  const reader = new SampleReader({ roots: defaultRoots, clock, reservations: fixedReservations(names) });
  try {
    const measurements: Measurement[] = [];
    await Promise.all(placed.map(({ load }) => load.start()));
    for (const setting of settings) {
      applyCgroupSettings(layout, target.path, settingsOf(layout, setting.target));
      applyCgroupSettings(layout, neighbour.path, settingsOf(layout, setting.neighbour));
      await clock.sleep(settleMs);
      const start = reader.read(() => true);
      await clock.sleep(windowMs);
      const end = reader.read(() => true);
      // Progress is told every 250 ms, by a thread that waits behind the load.
      measurements.push(deriveMeasurement(pair.name, setting.name, start, end, target, neighbour));
    }
    return measurements;
  } finally {
    reader.close();
  }
}

function deriveMeasurement(
  pair: string,
  setting: string,
  start: Sample,
  end: Sample,
  target: Placed,
  neighbour: Placed,
): Measurement {
  const seconds = Number(end.monotonicNs - start.monotonicNs) / 1e9;
  const host = sumCpuWindows(deriveCpuWindows(start.host, end.host));
  const groups = { target: groupBetween(start, end, target), neighbour: groupBetween(start, end, neighbour) };
  const ours = groups.target.receivedCores + groups.neighbour.receivedCores;
  return {
    pair,
    setting,
    seconds,
    ...groups,
    idleCores: host.idleSeconds / seconds,
    stealCores: host.stealSeconds / seconds,
    foreignCores: Math.max(0, host.busySeconds / seconds - ours),
  };
}

function groupBetween(start: Sample, end: Sample, { path, load }: Placed): MeasuredGroup {
  const [a, b] = [start, end].map((sample) => sample.cgroups.find((cgroup) => cgroup.path === path));
  if (!a || !b) throw new Error(`${path} is not in the sample`);
  const seconds = Number(b.monotonicNs - a.monotonicNs) / 1e9;
  const rounds = completedPerSecond(load.progress, start.monotonicNs, end.monotonicNs);
  return {
    receivedCores: Number((b.usageNs ?? 0n) - (a.usageNs ?? 0n)) / 1e9 / seconds,
    waitCores: Math.max(0, runDelayOf(b) - runDelayOf(a)) / seconds,
    ...(rounds !== undefined && { roundsPerSecond: rounds }),
  };
}

function runDelayOf({ threads }: CgroupSample): number {
  let ns = 0n;
  for (const runDelayNs of threads?.runDelayNs ?? []) ns += runDelayNs;
  return Number(ns) / 1e9;
}

/** Everything that any setting sets, so that nothing of the one before is left. */
function settingsOf(layout: CgroupLayout, { shares, quotaCores, idle, cpus }: GroupSetting): CgroupSettings {
  const quotaUsec = quotaCores === undefined ? 'max' : Math.round(quotaCores * periodUsec);
  return {
    // The weight cannot be set while the class is idle.
    idle: idle === true,
    ...(idle !== true && { weight: weightOf(layout, shares) }),
    quota: { quotaUsec, periodUsec },
    allowedCpus: cpus ?? parseCpuSet(readFileSync('/sys/devices/system/cpu/online', 'utf8').trim()),
  };
}

function weightOf(layout: CgroupLayout, shares: number): CpuWeight {
  if (layout.version !== 'v2') return { kind: 'shares', shares };
  return { kind: 'weight', weight: Math.round((shares * 100) / 1024) };
}

/** The demo on this host: the victim alone, then beside its neighbour, measured by the code that the agent runs. */
import { completedPerSecond } from '../../bench/workloads/progress.ts';
import type { WorkloadProcess } from '../../bench/workloads/workload-process.ts';
import { periodMs, periodsWithin } from '../../host/exact-reader.ts';
import { readCgroupLayout } from '../../host/cgroup-layout.ts';
import { systemClock, type Clock } from '../../host/clock.ts';
import { fixedReservations } from '../../host/fixed-reservations.ts';
import { raiseOwnPriority } from '../../host/own-priority.ts';
import type { HostRoots } from '../../host/roots.ts';
import { SampleReader } from '../../host/sample-reader.ts';
import type { CpuSet } from '../../kernel/cpu-set.ts';
import type { Sample } from '../../kernel/sample.ts';
import { deriveHostLedger } from '../../ledger/derive.ts';
import type { ContainerLedger, HostLedger } from '../../ledger/ledger.ts';
import { windowOf } from '../observed-window.ts';
import { openDemoPrograms, type DemoPrograms } from './demo-programs.ts';
import type { DemoResult, DemoTuning } from './demo-result.ts';
import { DemoScene, demoCpuCount } from './scene.ts';
import { tuneScene, tunerWindowSeconds, tuningSeconds, type TunedScene } from './tune-scene.ts';
import { readUsageCounter } from './usage-counter.ts';

export interface LiveDemoOptions {
  readonly roots: HostRoots;
  /** How long the victim runs alone, and beside its neighbour. */
  readonly aloneSeconds: number;
  readonly besideSeconds: number;
  /** Also lets the tuner act, measures again and gives everything back. */
  readonly tune?: boolean;
  readonly signal: AbortSignal;
  /** Told what goes on, with the part that is done. */
  readonly onProgress: (text: string, share: number) => void;
  /** Takes the samples at both ends of the window beside the neighbour. */
  readonly onSamples?: (samples: readonly [Sample, Sample]) => void;
  readonly clock?: Clock;
  /** Default: what is pinned, or programs of its own where they can be loaded. */
  readonly openPrograms?: () => DemoPrograms;
}

/** The demo was cut short by the signal; everything it made is gone. */
export class DemoInterrupted extends Error {
  override readonly name = 'DemoInterrupted';
}

/** The demo cannot run live here; the message says why. */
export class DemoImpossible extends Error {
  override readonly name = 'DemoImpossible';
}

const settleSeconds = 1.5;

/** What was measured before is confirmed for so long before the tuner acts. */
const watchSeconds = (besideSeconds: number): number => Math.min(4, besideSeconds);

/** Throws DemoImpossible, DemoInterrupted, CgroupWriteError; always removes what it made. */
export async function runLiveDemo(options: LiveDemoOptions): Promise<DemoResult> {
  const { roots, clock = systemClock } = options;
  const layout = readCgroupLayout(roots);
  if (!layout) throw new DemoImpossible('no cgroup hierarchy with CPU accounting was found');
  const allowedCpus = demoCpus(roots, clock);
  const scene = await DemoScene.open(layout, clock, roots.proc, allowedCpus);
  const lowerPriority = raiseOwnPriority();
  let programs: DemoPrograms | undefined;
  try {
    options.onProgress('looking for exact counters', 0);
    programs = (options.openPrograms ?? openDemoPrograms)();
    return await measureScene(scene, programs, options, clock);
  } finally {
    programs?.close();
    await scene.close();
    lowerPriority();
  }
}

/** The first CPUs that are online: on two of them the case is the same on every machine. */
function demoCpus(roots: HostRoots, clock: Clock): CpuSet {
  const reader = new SampleReader({ roots, clock });
  const { online } = reader.read(() => false).host;
  reader.close();
  if (online.cpus.length < demoCpuCount) {
    throw new DemoImpossible(`the demo needs ${demoCpuCount} CPUs and ${online.cpus.length} is online`);
  }
  return { cpus: online.cpus.slice(0, demoCpuCount) };
}

async function measureScene(
  scene: DemoScene,
  programs: DemoPrograms,
  options: LiveDemoOptions,
  clock: Clock,
): Promise<DemoResult> {
  const { roots, aloneSeconds, besideSeconds } = options;
  const tuning = options.tune === true ? tuningSeconds(watchSeconds(besideSeconds), besideSeconds) : 0;
  const total = 2 * settleSeconds + aloneSeconds + besideSeconds + tuning;
  let done = 0;
  // By the clock, not by the number of naps: on a full host a nap may last far longer than was asked for.
  const pass = async (seconds: number, text: string, afterPeriod?: () => void): Promise<void> => {
    const fromNs = clock.monotonicNs();
    const step = Math.max(periodMs / 1000, seconds / periodsWithin(seconds * 1000));
    for (let passed = 0; passed < seconds; passed = Number(clock.monotonicNs() - fromNs) / 1e9) {
      options.onProgress(text, (done + passed) / total);
      await clock.sleep(Math.min(seconds - passed, step) * 1000, options.signal);
      if (options.signal.aborted) throw new DemoInterrupted('interrupted');
      afterPeriod?.();
    }
    done += seconds;
  };
  options.onProgress('starting the workloads', 0);
  const victim = await scene.prepare('victim');
  const neighbour = await scene.prepare('neighbour');
  const reader = new SampleReader({
    roots,
    clock,
    reservations: fixedReservations(scene.reservations()),
    exact: programs.reader,
  });
  try {
    await victim.start();
    await pass(settleSeconds, 'the victim alone: warming up');
    const aloneFromNs = clock.monotonicNs();
    await pass(aloneSeconds, 'the victim alone: two threads that meet at a barrier each millisecond');
    const aloneToNs = clock.monotonicNs();
    await neighbour.start();
    await pass(settleSeconds, 'beside its neighbour: settling');
    const start = readBetweenCounters(reader, scene.pathOf('victim'));
    const readPeriod = (): void => {
      reader.readPeriod();
    };
    await pass(besideSeconds, 'beside its neighbour: eight threads that spin', readPeriod);
    const end = readBetweenCounters(reader, scene.pathOf('victim'));
    const ledger = deriveHostLedger(start.sample, end.sample);
    const { pressureShare } = windowOf(start.sample, end.sample, ledger);
    const usageCounter = riseOfCounter(start, end);
    options.onSamples?.([start.sample, end.sample]);
    const tuned =
      options.tune === true
        ? await tuneScene(end.sample, {
            roots,
            layout: reader.layout,
            clock,
            managedRoot: scene.path,
            watchSeconds: watchSeconds(besideSeconds),
            measureSeconds: besideSeconds,
            signal: options.signal,
            nextSample: async (text) => {
              await pass(tunerWindowSeconds, text, readPeriod);
              return reader.read(() => true);
            },
          })
        : undefined;
    const alone = completedPerSecond(victim.progress, aloneFromNs, aloneToNs);
    const beside = completedPerSecond(victim.progress, start.sample.monotonicNs, end.sample.monotonicNs);
    return {
      origin: { kind: 'live' },
      ledger,
      victim: ledgerAt(ledger, scene.pathOf('victim')),
      neighbour: ledgerAt(ledger, scene.pathOf('neighbour')),
      ...(alone !== undefined &&
        beside !== undefined && { work: { alonePhasesPerSecond: alone, besidePhasesPerSecond: beside } }),
      ...(pressureShare !== undefined && { pressureShare }),
      ...(usageCounter && { usageCounter }),
      ...(tuned && { tuned: tunedResult(tuned, scene, victim) }),
      sourceReason: programs.reader === undefined ? programs.why : (reader.noExactReason ?? programs.why),
    };
  } finally {
    reader.close();
  }
}

interface WitnessedSample {
  readonly sample: Sample;
  /** The usage counter of a cgroup just before and just after. */
  readonly before: number | undefined;
  readonly after: number | undefined;
}

function readBetweenCounters(reader: SampleReader, path: string): WitnessedSample {
  const before = readUsageCounter(reader.layout, path);
  const sample = reader.read(() => true);
  return { sample, before, after: readUsageCounter(reader.layout, path) };
}

/** By how much the counter rose between two samples: the thread that reads may stand still between any two reads. */
function riseOfCounter(start: WitnessedSample, end: WitnessedSample): DemoResult['usageCounter'] {
  if (start.before === undefined || start.after === undefined) return undefined;
  if (end.before === undefined || end.after === undefined) return undefined;
  return { least: end.before - start.after, most: end.after - start.before };
}

/** What the tuner did, with the ledger of both and the victim's work after it. */
function tunedResult(tuned: TunedScene, scene: DemoScene, victim: WorkloadProcess): DemoTuning {
  const { after, ...rest } = tuned;
  if (!after) return rest;
  const [from, to] = after;
  const ledger = deriveHostLedger(from, to);
  const { pressureShare } = windowOf(from, to, ledger);
  const phases = completedPerSecond(victim.progress, from.monotonicNs, to.monotonicNs);
  return {
    ...rest,
    after: {
      ledger,
      victim: ledgerAt(ledger, scene.pathOf('victim')),
      neighbour: ledgerAt(ledger, scene.pathOf('neighbour')),
      ...(phases !== undefined && { phasesPerSecond: phases }),
      ...(pressureShare !== undefined && { pressureShare }),
    },
  };
}

function ledgerAt(ledger: HostLedger, path: string): ContainerLedger {
  const found = ledger.containers.find((container) => container.path === path);
  if (!found) throw new DemoImpossible(`the cgroup ${path} vanished while it was measured`);
  return found;
}

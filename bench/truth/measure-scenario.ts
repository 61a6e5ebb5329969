/** One scenario: both tiers and a recording of every event over the same window. */
import { availableParallelism } from 'node:os';
import type { Clock } from '../../host/clock.ts';
import { ExactReader } from '../../host/exact-reader.ts';
import type { CgroupSample } from '../../kernel/sample.ts';
import { deriveHostLedger } from '../../ledger/derive.ts';
import { deriveExactHostWindow } from '../../ledger/exact-assessment.ts';
import { deriveExactWindow } from '../../ledger/exact.ts';
import {
  compareExact,
  comparePortable,
  exactSideOf,
  type ExactComparison,
  type PortableComparison,
  type Truth,
} from './compare.ts';
import { disturbancesOf } from './judge.ts';
import type { SchedEvent } from './sched-event.ts';
import { SchedRecording } from './sched-recording.ts';
import type { TruthScenario } from './scenarios.ts';
import { deriveTrueCounts } from './true-counts.ts';
import { deriveTrueInduced } from './true-induced.ts';
import { TruthHost, type TruthContainer, type TruthReading } from './truth-host.ts';
import { completeSwitches } from './unseen-switches.ts';

export interface TruthResult {
  readonly scenario: string;
  readonly windowSeconds: number;
  readonly events: number;
  /** CPU-seconds on all CPUs. */
  readonly stealSeconds: number;
  /** Thread-seconds of the container that the events leave open: unseen switches, and when in a tracepoint it was. */
  readonly uncertainSeconds: number;
  /** Why this window is not judged; empty for one that is. */
  readonly disturbances: readonly string[];
  readonly exact: readonly ExactComparison[];
  readonly portable: readonly PortableComparison[];
  readonly portableSlackSeconds: number;
}

export interface TruthSettings {
  readonly seconds: number;
  readonly pinFolder: string;
  readonly clock: Clock;
}

const warmUpMs = 300;
/** The portable bounds are held to a hundredth of the window, beside what the reading itself took. */
const portableSlackShare = 0.01;

/** Recording and programs read the clock one after the other in each tracepoint. */
const skewSeconds = 1e-7;

interface Measured {
  readonly containers: readonly TruthContainer[];
  readonly threads: ReadonlyMap<number, string>;
  readonly start: TruthReading;
  readonly end: TruthReading;
  readonly events: readonly SchedEvent[];
}

/** Throws where the load cannot be started or the recording is not whole. */
export async function measureScenario(
  scenario: TruthScenario,
  settings: TruthSettings,
): Promise<TruthResult> {
  return resultOf(scenario, await measure(scenario, settings));
}

async function measure(
  scenario: TruthScenario,
  { clock, seconds, pinFolder }: TruthSettings,
): Promise<Measured> {
  const host = await TruthHost.open(clock, new ExactReader({ folder: pinFolder }));
  let recording: SchedRecording | undefined;
  try {
    const containers = await host.prepare(scenario);
    const threads = host.threads(containers);
    // Recorded from before the loads begin, so that the first state of each thread is known.
    recording = new SchedRecording();
    await host.start();
    // Once for the code to be compiled, and for files to be opened.
    host.read();
    await clock.sleep(warmUpMs);
    const start = host.read();
    await clock.sleep(seconds * 1000);
    const end = host.read();
    await clock.sleep(20);
    recording.pause();
    await host.stop();
    return { containers, threads, start, end, events: await recording.read() };
  } finally {
    recording?.end();
    await host.close();
  }
}

function resultOf(scenario: TruthScenario, measured: Measured): TruthResult {
  const { containers, threads, start, end } = measured;
  const [first] = containers;
  const [spec] = scenario.containers;
  if (!first || !spec) throw new Error(`${scenario.name} has no container`);
  const events = completeSwitches(measured.events);
  const truthOf = (window: Window): Truth => {
    const counts = deriveTrueCounts(events, threads, window).get(first.name);
    if (!counts) throw new Error(`no threads seen in ${first.home}`);
    return { counts, induced: deriveTrueInduced(events, threads, window).get(first.name) ?? 0 };
  };
  const exact = exactOf(first, containers, start, end);
  const truth = truthOf(exact.at);
  const portable = portableOf(first, start, end);
  const spanNs = Math.max(Number(start.exact.spanNs), Number(end.exact.spanNs));
  const windowSeconds = exact.side.window.seconds;
  const readingSeconds = start.sampleSeconds + end.sampleSeconds;
  return {
    scenario: scenario.name,
    windowSeconds,
    events: events.length,
    stealSeconds: portable.stealSeconds,
    uncertainSeconds: truth.counts.uncertain + truth.counts.changes * skewSeconds,
    disturbances: disturbancesOf({
      cpus: availableParallelism(),
      windowSeconds,
      stealSeconds: portable.stealSeconds,
      spanSeconds: spanNs / 1e9,
      readingSeconds,
      lost: exact.lost,
    }),
    exact: compareExact(truth, exact.side, spec.reserved, spec.quotaCores === undefined),
    portable: comparePortable(truthOf(portable.at), portable.ledger, spec.reserved),
    portableSlackSeconds: portableSlackShare * windowSeconds + readingSeconds,
  };
}

interface Window {
  readonly fromNs: number;
  readonly toNs: number;
}

function exactOf(
  container: TruthContainer,
  containers: readonly TruthContainer[],
  start: TruthReading,
  end: TruthReading,
) {
  const [before, after] = [start, end].map(({ exact }) => exact.counters.get(container.cgroupId));
  const window = before && after && deriveExactWindow(before, after);
  const hostWindow = deriveExactHostWindow(start.exact.host, end.exact.host);
  if (!window || !hostWindow) throw new Error(`no exact counters of ${container.home}`);
  const others = containers.filter((other) => other !== container);
  const names = new Map(others.map(({ cgroupId, name }) => [cgroupId, name]));
  return {
    side: exactSideOf(window, hostWindow.offenders.get(container.cgroupId) ?? [], names),
    lost: hostWindow.lost,
    at: windowBetween(before, after),
  };
}

function portableOf({ path }: TruthContainer, start: TruthReading, end: TruthReading) {
  const host = deriveHostLedger(start.sample, end.sample);
  const ledger = host.containers.find((container) => container.path === path);
  const find = ({ sample }: TruthReading): CgroupSample | undefined =>
    sample.cgroups.find((cgroup) => cgroup.path === path);
  const [before, after] = [find(start), find(end)];
  if (!ledger || !before || !after) throw new Error(`no ledger of ${path}`);
  return { ledger, stealSeconds: host.host.stealSeconds, at: windowBetween(before, after) };
}

const windowBetween = (
  before: { readonly monotonicNs: bigint },
  after: { readonly monotonicNs: bigint },
): Window => ({ fromNs: Number(before.monotonicNs), toNs: Number(after.monotonicNs) });

/** One scenario: both tiers and a recording of every event over the same window. */
import type { Clock } from '../../host/clock.ts';
import { ExactReader } from '../../host/exact-reader.ts';
import type { CgroupSample, Sample } from '../../kernel/sample.ts';
import { deriveHostLedger } from '../../ledger/derive.ts';
import { deriveExactWindow } from '../../ledger/exact.ts';
import { compareContainer, type Comparison } from './compare.ts';
import { SchedRecording } from './sched-recording.ts';
import type { TruthScenario } from './scenarios.ts';
import { deriveTrueCounts } from './true-counts.ts';
import { TruthHost } from './truth-host.ts';

export interface TruthResult {
  readonly scenario: string;
  readonly windowSeconds: number;
  readonly events: number;
  /** CPU-seconds on all CPUs. */
  readonly stealSeconds: number;
  readonly numbers: readonly Comparison[];
}

export interface TruthSettings {
  readonly seconds: number;
  readonly pinFolder: string;
  readonly recordingFile: string;
  readonly clock: Clock;
}

const warmUpMs = 300;

/** Throws where the load cannot be started or the recording is not whole. */
export async function measureScenario(
  scenario: TruthScenario,
  settings: TruthSettings,
): Promise<TruthResult> {
  const { clock, seconds } = settings;
  const host = await TruthHost.open(clock, new ExactReader({ folder: settings.pinFolder }));
  let recording: SchedRecording | undefined;
  try {
    const [path = ''] = await host.prepare(scenario);
    // Recorded from before the loads begin, so that the first state of each thread is known, and perf is not starved.
    const threads = host.threads();
    recording = await SchedRecording.start(settings.recordingFile, clock);
    await host.start();
    await clock.sleep(warmUpMs);
    const start = host.reader.read(() => true);
    await clock.sleep(seconds * 1000);
    const end = host.reader.read(() => true);
    await clock.sleep(50);
    await host.stop();
    const events = await recording.stop();
    return resultOf(scenario, path, start, end, events, threads);
  } finally {
    await recording?.end();
    await host.close();
  }
}

function resultOf(
  scenario: TruthScenario,
  path: string,
  start: Sample,
  end: Sample,
  events: Parameters<typeof deriveTrueCounts>[0],
  groups: ReadonlyMap<number, string>,
): TruthResult {
  const portable = deriveHostLedger(withoutExact(start), withoutExact(end));
  const ledger = portable.containers.find((container) => container.path === path);
  const [before, after] = [start, end].map((sample) => sample.cgroups.find((cgroup) => cgroup.path === path));
  if (!ledger || !before || !after) throw new Error(`${scenario.name}: no ledger of ${path}`);
  const exact = before.exact && after.exact && deriveExactWindow(before.exact, after.exact);
  const covered = scenario.containers[0]?.nested === true ? undefined : exact;
  const window = {
    fromNs: Number(covered ? before.exact?.monotonicNs : before.monotonicNs),
    toNs: Number(covered ? after.exact?.monotonicNs : after.monotonicNs),
  };
  const [first, last] = [events[0]?.timeNs ?? Infinity, events.at(-1)?.timeNs ?? 0];
  if (first > window.fromNs || last < window.toNs) throw new Error(`${scenario.name}: not recorded whole`);
  const truth = deriveTrueCounts(events, groups, window).get(path);
  if (!truth) throw new Error(`${scenario.name}: no threads seen in ${path}`);
  // perf does not always say that events were lost; on a CPU by the wall clock is at most CPU time and steal.
  const mostRun = ledger.received + portable.host.stealSeconds + portable.host.irqSeconds;
  if (truth.run > mostRun + 0.05 * ledger.windowSeconds) {
    throw new Error(
      `${scenario.name}: the recording shows more run time than there can be: events are missing`,
    );
  }
  return {
    scenario: scenario.name,
    windowSeconds: (window.toNs - window.fromNs) / 1e9,
    events: events.length,
    stealSeconds: portable.host.stealSeconds,
    numbers: compareContainer(truth, covered, ledger, scenario.containers[0]?.reserved ?? 0),
  };
}

function withoutExact(sample: Sample): Sample {
  const cgroups = sample.cgroups.map((cgroup): CgroupSample => withoutKey(cgroup, 'exact'));
  return { ...sample, host: withoutKey(sample.host, 'exact'), cgroups };
}

const withoutKey = <T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)) as Omit<T, K>;

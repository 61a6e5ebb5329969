/** Puts the agent together and runs it: reader, observer, history, recording and server around one loop. */
import { systemClock, type Clock } from '../host/clock.ts';
import { openExactReader } from '../host/exact-reader.ts';
import { ReservationFile } from '../host/reservation-file.ts';
import { cgroupLimits, firstOf } from '../host/reservation-source.ts';
import { SampleReader } from '../host/sample-reader.ts';
import { readTunerStatus, tunerStatusFile } from '../host/tuner-status.ts';
import { ConditionLog } from './condition-log.ts';
import type { Sample } from '../kernel/sample.ts';
import type { AgentConfig } from './config.ts';
import { createLog, type Log } from './log.ts';
import { MetricsPage } from './metrics/exposition.ts';
import type { AgentStatus } from './metrics/metrics-view.ts';
import { AgentRecording } from './recording/agent-recording.ts';
import type { IntervalChange } from './sampling/budget.ts';
import { History } from './sampling/history.ts';
import { SamplingLoop, type SampleSource } from './sampling/loop.ts';
import { Observer, type Observation } from './sampling/observer.ts';
import { StageTimes } from './sampling/stage-times.ts';
import type { AgentView } from './server/agent-view.ts';
import { buildServer } from './server/build-server.ts';
import { isLoopback } from './server/host-header.ts';
import { listen } from './server/listen.ts';
import { decideReadiness } from './server/readiness.ts';

/** What the agent touches of its process and host. */
export interface AgentEdge {
  readonly clock: Clock;
  /** Throws when this host cannot be measured. */
  readonly openSource: (config: AgentConfig, clock: Clock) => SampleSource;
  /** CPU seconds of this process so far. */
  readonly cpuSeconds: () => number;
  readonly residentBytes: () => number;
  readonly writeLog: (line: string) => void;
  readonly nodeVersion: string;
}

export const processEdge: AgentEdge = {
  clock: systemClock,
  openSource: ({ roots, runq, bpfPins, reservationsFile }, clock) =>
    new SampleReader({
      roots,
      clock,
      ...(reservationsFile !== undefined && {
        reservations: firstOf([new ReservationFile(reservationsFile), cgroupLimits]),
      }),
      exact: openExactReader(runq, bpfPins),
    }),
  cpuSeconds: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
  residentBytes: () => process.memoryUsage.rss(),
  writeLog: (line) => process.stderr.write(line),
  nodeVersion: process.version,
};

/** The parts of a running agent, closed in the opposite order. */
interface AgentParts {
  readonly config: AgentConfig;
  readonly version: string;
  readonly edge: AgentEdge;
  readonly log: Log;
  readonly conditions: ConditionLog;
  readonly stages: StageTimes;
  readonly source: SampleSource;
  readonly observer: Observer;
  readonly history: History;
  readonly recording: AgentRecording | undefined;
}

/**
 * Measures and serves until the signal aborts, then closes everything. Rejects when it cannot begin: what opening the
 * source throws (NoCgroupsError, HostReadError, ReservationFileError), ListenError, or the system's error for the recording.
 */
export async function runAgent(
  config: AgentConfig,
  signal: AbortSignal,
  version: string,
  edge: AgentEdge = processEdge,
): Promise<void> {
  const log = createLog(config.logFormat, edge.clock, edge.writeLog);
  const source = edge.openSource(config, edge.clock);
  try {
    const recording = await openRecording(config, version, edge, log);
    try {
      await serveAndSample(assemble({ config, version, edge, log, source, recording }), signal);
    } finally {
      await recording?.close();
    }
  } finally {
    source.close();
  }
}

function assemble(given: Omit<AgentParts, 'conditions' | 'stages' | 'observer' | 'history'>): AgentParts {
  const { maxContainers, maxOffenderPairs, historySeconds } = given.config;
  const { clock } = given.edge;
  const stages = new StageTimes(clock);
  return {
    ...given,
    stages,
    conditions: new ConditionLog(given.log, clock),
    observer: new Observer({
      maxContainers,
      maxOffenderPairs,
      measure: (stage, work) => stages.measure(stage, work),
    }),
    history: new History({ lengthSeconds: historySeconds, maxContainers }),
  };
}

async function serveAndSample(parts: AgentParts, signal: AbortSignal): Promise<void> {
  const { config, log, version } = parts;
  const loop = buildLoop(parts);
  const server = buildServer(buildView(parts, loop), {
    loopbackOnly: isLoopback(config.listen.host),
    onError: (error) => {
      log.error('an answer failed, which is a bug worth reporting', { stack: error.stack ?? error.message });
    },
  });
  try {
    log.info(`serving ${await listen(server, config.listen)}`, { version, node: config.node });
    await loop.run(signal);
    log.info('stopping');
  } finally {
    await server.close();
  }
}

async function openRecording(
  { recording, node, intervalMs }: AgentConfig,
  cpugapVersion: string,
  { clock }: AgentEdge,
  log: Log,
): Promise<AgentRecording | undefined> {
  if (!recording) return undefined;
  const header = {
    format: 'cpugap-recording',
    formatVersion: 1,
    cpugapVersion,
    node,
    intervalMs,
    startedWallTimeMs: clock.wallTimeMs(),
  } as const;
  return await AgentRecording.open({ ...recording, header }, log);
}

function buildLoop(parts: AgentParts): SamplingLoop {
  const { config, edge, source, observer, stages, log, conditions } = parts;
  return new SamplingLoop({
    clock: edge.clock,
    source,
    observer,
    stages,
    intervalMs: config.intervalMs,
    cpuBudgetCores: config.cpuBudgetCores,
    cpuSeconds: edge.cpuSeconds,
    onObservation: (observation) => takeObservation(parts, observation),
    onIntervalChange: (change) => {
      logIntervalChange(log, change, config.cpuBudgetCores);
    },
    onTick: (failure) => {
      conditions.report('sampling', failure);
    },
  });
}

async function takeObservation(parts: AgentParts, observation: Observation): Promise<void> {
  const { stages, history, recording, conditions, config } = parts;
  const { ledger, totals, sample } = observation;
  if (ledger) {
    stages.measure('history', () => {
      history.record(ledger, totals);
    });
  }
  if (recording) await stages.measureAsync('record', () => recording.write(sample));
  conditions.note('source', describeSource(sample, parts.source.noExactReason));
  for (const { name, lastFailure } of sample.collectors) conditions.report(`collector ${name}`, lastFailure);
  conditions.report(
    'series',
    (totals.spilled?.count ?? 0) > 0 ? spillSentence(config.maxContainers) : undefined,
  );
}

const describeSource = (sample: Sample, noExactReason = ''): string =>
  sample.host.exact
    ? 'BPF programs count who waits behind whom'
    : `kernel files alone${noExactReason === '' ? '' : `: ${noExactReason}`}`;

const spillSentence = (maxContainers: number): string =>
  `there are more than ${maxContainers} containers; the rest is added up as container="_spilled" (--max-containers)`;

function logIntervalChange(log: Log, change: IntervalChange, budgetCores: number | 'max'): void {
  const { fromMs, toMs, usedCores, exhausted } = change;
  const fields = { fromSeconds: fromMs / 1000, toSeconds: toMs / 1000, usedCores, budgetCores };
  if (toMs < fromMs) {
    log.info('there is room in the CPU budget: the interval is shortened', fields);
    return;
  }
  const remedy = exhausted ? '; no longer interval holds it: raise --cpu-budget' : '';
  log.warn(`the agent exceeds its CPU budget: the interval is lengthened${remedy}`, fields);
}

function buildView(parts: AgentParts, loop: SamplingLoop): AgentView {
  const { config, version, edge, observer, history, stages } = parts;
  const page = new MetricsPage();
  return {
    node: config.node,
    version,
    latest: () => observer.latest,
    intervalSeconds: () => loop.intervalMs / 1000,
    history: () => history,
    readiness: () =>
      decideReadiness({
        latest: observer.latest,
        nowNs: edge.clock.monotonicNs(),
        intervalSeconds: loop.intervalMs / 1000,
        failure: loop.failure,
      }),
    metricsPage: () =>
      stages.measureAsync('scrape', () =>
        page.render({
          node: config.node,
          observation: observer.latest,
          agent: statusOf(parts, loop),
          tuner: readTunerStatus(`${config.tunerState}/${tunerStatusFile}`),
        }),
      ),
  };
}

function statusOf(
  { version, edge, stages, history, recording, config }: AgentParts,
  loop: SamplingLoop,
): AgentStatus {
  return {
    version,
    nodeVersion: edge.nodeVersion,
    stageSeconds: stages.seconds,
    ...loop.counts,
    intervalSeconds: loop.intervalMs / 1000,
    cpuBudgetCores: config.cpuBudgetCores,
    cpuSeconds: edge.cpuSeconds(),
    residentBytes: edge.residentBytes(),
    historyBytes: history.bytes,
    recordingBytes: recording?.bytes,
  };
}

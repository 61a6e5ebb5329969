/** Runs scenarios on this host and keeps the result on disk as it grows. */
import type { Arm } from '../../bench/arms/arm.ts';
import { choosePlacement, mayRunFifo } from '../../bench/load/placement.ts';
import { busyPart, readBusyPart } from '../../bench/run/busy-host.ts';
import { checkCpus, findPrograms } from '../../bench/run/requirements.ts';
import {
  schemaVersion,
  type BenchHost,
  type BenchResult,
  type ScenarioResult,
} from '../../bench/run/result.ts';
import { runScenario } from '../../bench/run/run-experiment.ts';
import type { TrialPlan, TrialSurroundings } from '../../bench/run/trial.ts';
import type { Scenario } from '../../bench/scenarios/scenario.ts';
import { readCgroupLayout, type CgroupLayout } from '../../host/cgroup-layout.ts';
import { CgroupWriteError } from '../../host/cgroup-writer.ts';
import { systemClock, type Clock } from '../../host/clock.ts';
import { readHostFacts } from '../../host/host-facts.ts';
import { raiseOwnPriority, raiseOwnSession } from '../../host/own-priority.ts';
import { defaultRoots, type HostRoots } from '../../host/roots.ts';
import { SampleReader } from '../../host/sample-reader.ts';
import type { CpuSet } from '../../kernel/cpu-set.ts';
import { CliError } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import { programVersion } from '../program-version.ts';
import { progressOn } from '../progress.ts';
import { formatPercent } from '../render/numbers.ts';
import { checkWritable, writeReports } from './write-reports.ts';

export interface RunOptions {
  /** Seconds for all scenarios together. */
  readonly timeBudget: number;
  /** Seconds of each trial that count. */
  readonly window: number;
  readonly sweep: boolean;
  readonly seed: number;
  readonly anyway: boolean;
  readonly outputFile: string;
}

const settleSeconds = 1;

/** Throws CliError with one sentence where it cannot begin. Interrupted, it gives what was measured until then. */
export async function runBench(
  scenarios: readonly Scenario[],
  arms: readonly Arm[],
  options: RunOptions,
  io: CliIo,
): Promise<BenchResult> {
  const [roots, clock] = [defaultRoots, systemClock];
  checkWritable(options.outputFile);
  const programs = findPrograms(scenarios);
  const { layout, online } = readHost(roots, clock);
  checkCpus(scenarios, online.cpus.length);
  if (!options.anyway) await refuseBusyHost(roots, clock, io.signal);
  const placement = choosePlacement(online, mayRunFifo());
  const surroundings: TrialSurroundings = {
    roots,
    layout,
    clock,
    signal: io.signal,
    placement,
    onlineCpuCount: online.cpus.length,
    settleSeconds,
    windowSeconds: options.window,
  };
  const host: BenchHost = {
    ...(await readHostFacts()),
    cpuCount: online.cpus.length,
    cgroupVersion: layout.version,
    node: process.version,
    programs,
    generator: placement.sentence,
  };
  const startedWallTimeMs = clock.wallTimeMs();
  const resultOf = (
    done: readonly ScenarioResult[],
    noExactReason: string | undefined,
    complete: boolean,
  ): BenchResult => ({
    schema: 'cpugap-bench',
    schemaVersion,
    cpugapVersion: programVersion(),
    command: commandLine(),
    seed: options.seed,
    startedWallTimeMs,
    endedWallTimeMs: clock.wallTimeMs(),
    complete,
    host: { ...host, ...(noExactReason !== undefined && { noExactReason }) },
    settings: { timeBudgetSeconds: options.timeBudget, settleSeconds, windowSeconds: options.window },
    scenarios: done,
  });
  return await runAll(scenarios, arms, options, io, surroundings, resultOf);
}

async function runAll(
  scenarios: readonly Scenario[],
  arms: readonly Arm[],
  options: RunOptions,
  io: CliIo,
  surroundings: TrialSurroundings,
  resultOf: (
    done: readonly ScenarioResult[],
    noExactReason: string | undefined,
    complete: boolean,
  ) => BenchResult,
): Promise<BenchResult> {
  const progress = progressOn(io.err);
  const undos = [raiseOwnSession(surroundings.roots.proc), raiseOwnPriority()];
  const done: ScenarioResult[] = [];
  const budgetSeconds = options.timeBudget / scenarios.length;
  let result = resultOf(done, undefined, false);
  try {
    for (const [index, scenario] of scenarios.entries()) {
      const { seed, sweep } = options;
      const experiment = await runScenario(scenario, {
        ...surroundings,
        arms,
        sweep,
        seed,
        budgetSeconds,
        onTrial: (plan, spentSeconds) => {
          const share = (index + Math.min(1, spentSeconds / budgetSeconds)) / scenarios.length;
          progress.show(describeTrial(plan, share, options.timeBudget));
        },
      });
      done.push(experiment.scenario);
      const isLast = index === scenarios.length - 1;
      result = resultOf([...done], experiment.noExactReason, isLast && !experiment.interrupted);
      writeReports(result, { json: options.outputFile });
      if (experiment.interrupted) break;
    }
    return result;
  } catch (error) {
    if (!(error instanceof CgroupWriteError)) throw error;
    throw new CliError(
      'impossible',
      `The experiment needs cgroups of its own (${error.message}): run it as root, outside of a container.`,
      { cause: error },
    );
  } finally {
    progress.clear();
    for (const undo of undos) undo();
  }
}

function describeTrial(
  { scenario, arm, block, discarded }: TrialPlan,
  share: number,
  budget: number,
): string {
  const leftSeconds = Math.max(0, (1 - share) * budget);
  const left = leftSeconds >= 90 ? `${Math.round(leftSeconds / 60)} min` : `${Math.round(leftSeconds)} s`;
  const what = discarded ? 'warming up' : `block ${block + 1}`;
  return `${formatPercent(share).padStart(4)}  at most ${left} left  ${scenario.name}: ${arm.name}, ${what}`;
}

function readHost(
  roots: HostRoots,
  clock: Clock,
): { readonly layout: CgroupLayout; readonly online: CpuSet } {
  const layout = readCgroupLayout(roots);
  if (!layout) throw new CliError('impossible', 'No cgroup hierarchy with CPU accounting was found.');
  const reader = new SampleReader({ roots, clock });
  const { online } = reader.read(() => false).host;
  reader.close();
  return { layout, online };
}

async function refuseBusyHost(roots: HostRoots, clock: Clock, signal: AbortSignal): Promise<void> {
  const part = await readBusyPart(roots, clock, signal);
  if (part <= busyPart) return;
  throw new CliError(
    'impossible',
    `This host is busy: ${formatPercent(part)} of its CPU time is used by others, and an experiment would measure them. Wait for them to end, or give --anyway.`,
  );
}

/** As it was typed, so that it can be run again. */
function commandLine(): string {
  return ['cpugap', ...process.argv.slice(2)].join(' ');
}

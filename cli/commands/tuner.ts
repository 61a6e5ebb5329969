import { mkdirSync } from 'node:fs';
import { systemClock } from '../../host/clock.ts';
import { applyPlan, type ActuationResult } from '../../tuner/actuation/apply-plan.ts';
import { describeConflicts, findConflicts } from '../../tuner/actuation/conflicts.ts';
import { nameDrift } from '../../tuner/actuation/name-drift.ts';
import { restore } from '../../tuner/actuation/restore.ts';
import { findManagers } from '../../host/doctor-facts.ts';
import { writeTunerStatus } from '../../host/tuner-status.ts';
import { appendReceipts } from '../../tuner/audit/receipts-file.ts';
import { addStep, emptyTally, statusOf } from '../../tuner/audit/tally.ts';
import { defaultLoopOptions } from '../../tuner/loop.ts';
import { askAgent } from '../../tuner/observation/agent-client.ts';
import type { NodeView } from '../../tuner/observation/node-view.ts';
import { runLoop, type LoopEdges, type LoopEnd } from '../../tuner/run-loop.ts';
import { lockState, StateLockedError, type StateLock } from '../../tuner/state/state-lock.ts';
import { defineCommand, switchFlag, valueFlagWithFallback, type OptionsOf } from '../command.ts';
import { CliError } from '../exit-codes.ts';
import { oneOf, parseInterval } from '../flag-values.ts';
import { interruptionCode, type CliIo } from '../io.ts';
import { rootsOf } from '../live-source.ts';
import { outputFlags, rootFlags } from '../root-flags.ts';
import { agentFlag, defaultAgent, policyFlags, stateFlag } from '../tuner/flags.ts';
import { openTunedNode, type TunedNode } from '../tuner/node.ts';
import { describeRestore, stepReporter } from '../tuner/report-step.ts';
import { planTools, targetsOf } from '../tuner/tools.ts';

const { proc, sys, cgroupRoot } = rootFlags;

const flags = {
  apply: switchFlag('--apply', 'write; without it, only say what would be written'),
  ...agentFlag,
  ...policyFlags,
  interval: valueFlagWithFallback('--interval <time>', 'time between two looks', parseInterval, 5),
  besideOthers: switchFlag('--beside-others', 'act although another manager of CPUs is at work here'),
  onExit: valueFlagWithFallback(
    '--on-exit <what>',
    'restore what stood there before, or keep what was written',
    oneOf(['restore', 'keep']),
    'restore',
  ),
  ...stateFlag,
  proc,
  sys,
  cgroupRoot,
  ...outputFlags,
} as const;

type Options = OptionsOf<typeof flags>;

export const tunerCommand = defineCommand({
  description:
    'Watches what the agent measures and, with --apply, changes weights, quotas and CPU sets so that reservations hold: the mildest remedy that is predicted to work, one at a time, measured afterwards, kept when it helped and taken back when it did not. What stood there before is on disk before anything is written; it is given back on exit, and cpugap restore gives it back without the tuner. Without --apply it writes nothing.',
  flags,
  examples: [
    { line: 'cpugap tuner', does: 'say what it would do, and go on watching' },
    { line: 'sudo cpugap tuner --apply', does: 'act, and give everything back on Ctrl-C' },
    {
      line: "sudo cpugap tuner --apply --only '/kubepods.slice/**/batch-*' --on-exit keep",
      does: 'only for some',
    },
  ],
  exits: ['failed', 'impossible', 'interrupted', 'terminated'],
  run: ({ options }, io) => runTuner(options, io),
});

async function runTuner(options: Options, io: CliIo): Promise<number> {
  const node = openTunedNode(rootsOf(options), options.stateDir, options);
  if (options.apply && !options.besideOthers) refuseBesideOthers(options);
  const lock = options.apply ? await holdState(options.stateDir) : undefined;
  try {
    const end = await tune(node, options, io, lock);
    const isLeft = options.apply && end.failure === undefined && options.onExit === 'restore';
    if (isLeft) io.err.write(`cpugap: ${describeRestore(await restore(node.host))}\n`);
    if (end.failure !== undefined) {
      const taken = options.apply ? ' What was written has been given back.' : '';
      throw new CliError('failed', `The tuner stopped: ${end.failure.replace(/\.$/, '')}.${taken}`);
    }
    return interruptionCode(io.signal);
  } finally {
    await lock?.release();
  }
}

async function tune(
  node: TunedNode,
  options: Options,
  io: CliIo,
  lock: StateLock | undefined,
): Promise<LoopEnd<unknown>> {
  const report = stepReporter(io, options);
  let tally = emptyTally;
  let view: NodeView | undefined;
  const edges: LoopEdges<unknown> = {
    observe: async () => {
      const observed = await askAgent(options.agent ?? defaultAgent, io.signal);
      if (typeof observed === 'string') return observed;
      view = node.view(observed, systemClock.wallTimeMs());
      return view;
    },
    baseline: node.baseline,
    apply: async (plan) => {
      if (lock?.isHeld() === false) return `${options.stateDir} was taken over by another tuner`;
      return failureOf(
        await applyPlan(node.host, plan, { apply: true, signal: io.signal, clock: systemClock }),
      );
    },
    restore: async () => {
      io.err.write(`cpugap: ${describeRestore(await restore(node.host))}\n`);
    },
    report: (step) => {
      const drifts = nameDrift(step.drifted, step.state.applied, node.baseline(), view?.groups ?? []);
      report(step, drifts);
      if (!options.apply) return;
      tally = addStep(
        tally,
        step,
        drifts.map(({ actor }) => actor),
      );
      appendReceipts(options.stateDir, step.receipts);
      const wallTimeMs = systemClock.wallTimeMs();
      writeTunerStatus(
        options.stateDir,
        statusOf(tally, { wallTimeMs, isApplying: true, policy: options.policy }),
      );
    },
    nowSeconds: () => Number(systemClock.monotonicNs()) / 1e9,
    sleep: async (seconds) => {
      await systemClock.sleep(seconds * 1000, io.signal);
    },
    isStopping: () => io.signal.aborted,
  };
  const loop = {
    ...defaultLoopOptions,
    isDryRun: !options.apply,
    targets: targetsOf(options),
    intervalSeconds: options.interval,
  };
  return await runLoop(edges, planTools({ ...options, targets: targetsOf(options) }), loop);
}

function failureOf(result: ActuationResult): string | undefined {
  switch (result.kind) {
    case 'unchanged':
    case 'applied':
    case 'dry_run':
      return undefined;
    case 'refused':
      return result.why;
    case 'rolled_back':
      return result.isComplete
        ? result.why
        : `${result.why}; not everything could be taken back: ${result.undone
            .filter(({ outcome }) => outcome === 'failed' || outcome === 'changed_by_other')
            .map(({ path, file, why = '' }) => `${path}/${file} ${why}`)
            .join(', ')}`;
  }
}

/** Two managers of the same files would undo each other's work. Throws CliError. */
function refuseBesideOthers(options: Options): void {
  const conflict = describeConflicts(findConflicts(findManagers(rootsOf(options))));
  if (conflict === undefined) return;
  throw new CliError('impossible', `Not tuning: ${conflict}. Or say --beside-others.`);
}

/** One tuner at a time, and a place for its journal. Throws CliError. */
async function holdState(folder: string): Promise<StateLock> {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return await lockState(folder);
  } catch (error) {
    if (error instanceof StateLockedError) {
      throw new CliError('impossible', `${error.message}; end it first.`, { cause: error });
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(
      'impossible',
      `The state folder cannot be used: ${reason}. Give another --state-dir.`,
      {
        cause: error,
      },
    );
  }
}

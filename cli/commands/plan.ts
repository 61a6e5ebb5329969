import { systemClock } from '../../host/clock.ts';
import { askAgent } from '../../tuner/observation/agent-client.ts';
import type { NodeView } from '../../tuner/observation/node-view.ts';
import { planOnce } from '../../tuner/plan-once.ts';
import type { Baseline } from '../../tuner/policy/policy.ts';
import { defineCommand, fileFlag, valueFlagWithFallback, type OptionsOf } from '../command.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { parseDuration } from '../flag-values.ts';
import { interruptionCode, type CliIo } from '../io.ts';
import { openGivenReservations, rootsOf } from '../live-source.ts';
import { formatJson } from '../render/json.ts';
import { paintLines } from '../render/line.ts';
import { renderPlan } from '../render/plan-report.ts';
import { openReplayFile } from '../replay-file.ts';
import { outputFlags, rootFlags } from '../root-flags.ts';
import { agentFlag, policyFlags, stateFlag } from '../tuner/flags.ts';
import { openTunedNode } from '../tuner/node.ts';
import { endsOf, measureHost, recordedView } from '../tuner/observe.ts';
import { planDocument } from '../tuner/plan-document.ts';
import { planTools, targetsOf } from '../tuner/tools.ts';

const flags = {
  duration: valueFlagWithFallback('--duration <time>', 'how long to measure this host', parseDuration, 5),
  ...agentFlag,
  recording: fileFlag('--recording <file>', 'plan from a recording or a capture instead of this host'),
  ...policyFlags,
  ...stateFlag,
  ...rootFlags,
  ...outputFlags,
} as const;

type Options = OptionsOf<typeof flags>;

export const planCommand = defineCommand({
  description:
    'Says what the tuner would write now so that reservations hold, why, and what it is predicted to do to everybody, the neighbours included. It writes nothing. What it sees is taken to have lasted; the tuner itself waits and changes one thing at a time.',
  flags,
  examples: [
    { line: 'cpugap plan', does: 'for the pods of this node' },
    {
      line: 'cpugap plan --managed-root /docker --reservations r.yaml',
      does: 'for the containers of Docker',
    },
    { line: 'cpugap plan --policy dedicated', does: 'whole CPUs for every reservation, to compare' },
    { line: 'cpugap plan --recording monday.jsonl.gz', does: 'for what was recorded on Monday' },
  ],
  exits: ['impossible', 'badInput', 'interrupted', 'terminated'],
  run: ({ options }, io) => runPlan(options, io),
});

async function runPlan(options: Options, io: CliIo): Promise<number> {
  const seen =
    options.recording === undefined
      ? await observeNow(options, io)
      : await fromRecording(options, options.recording);
  if (seen === undefined) return interruptionCode(io.signal);
  const { view, baseline } = seen;
  const planned = planOnce(view, baseline, planTools({ ...options, targets: targetsOf(options) }));
  io.out.write(
    options.json
      ? formatJson(planDocument(planned, options.policy))
      : paintLines(renderPlan(planned, io.out.columns() ?? 110), io.colour),
  );
  if (!options.json && planned.plan.writes.length > 0) {
    io.err.write('cpugap: nothing was written; cpugap tuner --apply acts, one remedy at a time.\n');
  }
  return exitCodes.ok.code;
}

interface Seen {
  readonly view: NodeView;
  readonly baseline: readonly Baseline[];
}

async function observeNow(options: Options, io: CliIo): Promise<Seen | undefined> {
  const node = openTunedNode(rootsOf(options), options.stateDir, options);
  const observed =
    options.agent === undefined
      ? await measureHost(options, options.duration, io)
      : await askAgent(options.agent, io.signal);
  if (observed === undefined || io.signal.aborted) return undefined;
  if (typeof observed === 'string') throw new CliError('impossible', `${observed}.`);
  return { view: node.view(observed, systemClock.wallTimeMs()), baseline: node.baseline() };
}

async function fromRecording(options: Options, path: string): Promise<Seen> {
  const recording = await openReplayFile(path, openGivenReservations(options.reservations));
  try {
    return { view: recordedView(await endsOf(recording.samples, path), options), baseline: [] };
  } finally {
    await recording.close();
  }
}

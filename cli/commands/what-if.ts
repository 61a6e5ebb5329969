import { formatJson } from '../render/json.ts';
import { defineCommand, requiredFileFlag, valueFlagWithFallback, type OptionsOf } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import { openGivenReservations } from '../live-source.ts';
import { paintLines } from '../render/line.ts';
import { renderWhatIf } from '../render/what-if-report.ts';
import { openReplayFile } from '../replay-file.ts';
import { outputFlags, rootFlags } from '../root-flags.ts';
import { parseSeed, parsePolicies, policyFlags, policyNames } from '../tuner/flags.ts';
import { endsOf, recordedView } from '../tuner/observe.ts';
import { targetsOf } from '../tuner/tools.ts';
import { compareOn } from '../tuner/what-if.ts';

const { managedRoot, only, never, includeSystemPods, reservedCpus, rungs, targetGap, targetWait } =
  policyFlags;

const flags = {
  recording: requiredFileFlag('--recording <file>', 'a recording or a capture'),
  policy: valueFlagWithFallback(
    '--policy <names>',
    `which to compare, by commas: ${policyNames.join(',')}`,
    parsePolicies,
    policyNames,
  ),
  seed: valueFlagWithFallback('--seed <number>', 'of the model of single events', parseSeed, 1),
  managedRoot,
  only,
  never,
  includeSystemPods,
  reservedCpus,
  rungs,
  targetGap,
  targetWait,
  reservations: rootFlags.reservations,
  ...outputFlags,
} as const;

export const whatIfCommand = defineCommand({
  description:
    'Predicts what each policy would do to the containers of a recording: CPU in the long run by shares, waits by a model of every wake-up and slice. Everything it prints is a prediction but for what was measured, and it says how far the model is from that.',
  flags,
  examples: [
    { line: 'cpugap what-if --recording monday.jsonl.gz', does: 'all policies side by side' },
    {
      line: 'cpugap what-if --recording monday.jsonl.gz --policy dedicated --json',
      does: 'one, for programs',
    },
  ],
  exits: ['impossible', 'badInput', 'interrupted', 'terminated'],
  run: ({ options }, io) => runWhatIf(options, io),
});

async function runWhatIf(options: OptionsOf<typeof flags>, io: CliIo): Promise<number> {
  const recording = await openReplayFile(options.recording, openGivenReservations(options.reservations));
  try {
    const ends = await endsOf(recording.samples, options.recording);
    const view = recordedView(ends, { ...options, policy: 'observe' });
    const result = compareOn(view, options.policy, {
      targets: targetsOf({ ...options, policy: 'observe' }),
      rungs: options.rungs,
      seed: options.seed,
    });
    io.out.write(
      options.json
        ? formatJson(result)
        : paintLines(renderWhatIf(result, io.out.columns() ?? 110), io.colour),
    );
    return exitCodes.ok.code;
  } finally {
    await recording.close();
  }
}

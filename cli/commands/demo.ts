import { hostname } from 'node:os';
import { RecordingWriter } from '../../agent/recording/recording-writer.ts';
import { CgroupWriteError } from '../../host/cgroup-writer.ts';
import { systemClock } from '../../host/clock.ts';
import { defaultRoots } from '../../host/roots.ts';
import type { Sample } from '../../kernel/sample.ts';
import { defineCommand, fileFlag, switchFlag, valueFlagWithFallback, type OptionsOf } from '../command.ts';
import { demoDocument, type DemoResult } from '../demo/demo-result.ts';
import { DemoImpossible, DemoInterrupted, runLiveDemo, type LiveDemoOptions } from '../demo/run-live.ts';
import { runRecordedDemo } from '../demo/run-recorded.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { asWriteFailure } from '../failures.ts';
import { parseDuration } from '../flag-values.ts';
import { interruptionCode, type CliIo } from '../io.ts';
import { programVersion } from '../program-version.ts';
import { progressOn } from '../progress.ts';
import { renderDemo } from '../render/demo-report.ts';
import { formatJson } from '../render/json.ts';
import { paintLines } from '../render/line.ts';
import { formatPercent } from '../render/numbers.ts';
import { outputFlags } from '../root-flags.ts';

const flags = {
  duration: valueFlagWithFallback(
    '--duration <time>',
    'how long to measure beside the neighbour',
    parseDuration,
    10,
  ),
  measureOnly: switchFlag('--measure-only', 'do not let the tuner act'),
  record: fileFlag('--record <file>', 'also write the samples to this file, for cpugap replay'),
  ...outputFlags,
} as const;

export const demoCommand = defineCommand({
  description:
    'Makes two cgroups with the weights that Kubernetes would set, runs a victim and a many-threaded neighbour in them, measures both and says what the victim lost. Then the tuner acts on them: it takes the mildest remedy that is predicted to work, measures again, and gives every file back as it was. Everything is removed again, also on Ctrl-C. It counts exactly where the BPF programs are pinned, or are built and can be loaded for the time of the demo; else it reads kernel files. It needs root and less than a minute; where cgroups cannot be made it shows a recording and says so.',
  flags,
  examples: [
    { line: 'sudo cpugap demo', does: 'see a reservation fail' },
    { line: 'sudo cpugap demo --json', does: 'the same as one JSON document' },
  ],
  exits: ['failed', 'impossible', 'interrupted', 'terminated'],
  run: ({ options }, io) => runDemo(options, io),
});

async function runDemo(options: OptionsOf<typeof flags>, io: CliIo): Promise<number> {
  const progress = progressOn(io.err);
  try {
    let samples: readonly Sample[] = [];
    const result = await runWhereItCan({
      roots: defaultRoots,
      aloneSeconds: Math.min(4, options.duration),
      besideSeconds: options.duration,
      tune: !options.measureOnly,
      signal: io.signal,
      onProgress: (text, share) => {
        progress.show(`${formatPercent(share).padStart(4)}  ${text}`);
      },
      onSamples: (taken) => (samples = taken),
    });
    progress.clear();
    io.out.write(
      options.json
        ? formatJson(demoDocument(result))
        : paintLines(renderDemo(result, io.out.columns() ?? 100), io.colour),
    );
    if (options.record !== undefined && samples.length > 0) {
      await writeRecording(options.record, samples, options.duration);
    }
    return exitCodes.ok.code;
  } catch (error) {
    progress.clear();
    if (error instanceof DemoInterrupted) {
      io.err.write('cpugap: interrupted; everything the demo made is removed\n');
      return interruptionCode(io.signal);
    }
    if (error instanceof DemoImpossible) {
      throw new CliError('impossible', `The demo cannot run: ${error.message}.`, { cause: error });
    }
    throw error;
  }
}

/** Live, or from the recording where this host does not let us make cgroups. */
async function runWhereItCan(live: LiveDemoOptions): Promise<DemoResult> {
  try {
    return await runLiveDemo(live);
  } catch (error) {
    if (!(error instanceof CgroupWriteError) && !(error instanceof DemoImpossible)) throw error;
    return await runRecordedDemo(error.message);
  }
}

async function writeRecording(path: string, samples: readonly Sample[], seconds: number): Promise<void> {
  try {
    const writer = await RecordingWriter.open({
      path,
      header: {
        format: 'cpugap-recording',
        formatVersion: 1,
        cpugapVersion: programVersion(),
        node: hostname(),
        intervalMs: seconds * 1000,
        startedWallTimeMs: systemClock.wallTimeMs(),
      },
    });
    for (const sample of samples) await writer.write(sample);
    await writer.close();
  } catch (error) {
    throw asWriteFailure(error, path);
  }
}

import { writeFile } from 'node:fs/promises';
import { captureHost } from '../../host/capture.ts';
import { systemClock } from '../../host/clock.ts';
import {
  defineCommand,
  requiredFileFlag,
  switchFlag,
  valueFlagWithFallback,
  type OptionsOf,
} from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { asWriteFailure } from '../failures.ts';
import { parseReadings } from '../flag-values.ts';
import { interruptionCode, type CliIo } from '../io.ts';
import { rootsOf } from '../live-source.ts';
import { progressOn } from '../progress.ts';
import { formatJson } from '../render/json.ts';
import { formatBytes } from '../render/numbers.ts';
import { counted } from '../render/words.ts';
import { intervalFlag, outputFlags, rootFlags } from '../root-flags.ts';

const { proc, sys, cgroupRoot } = rootFlags;

const flags = {
  output: requiredFileFlag('-o, --output <file>', 'where to write the text'),
  scrub: switchFlag('--scrub', 'replace names and ids of services, users, pods, containers and jobs'),
  readings: valueFlagWithFallback('--readings <number>', 'how many readings, 1 to 100', parseReadings, 2),
  ...intervalFlag,
  proc,
  sys,
  cgroupRoot,
  ...outputFlags,
} as const;

export const captureCommand = defineCommand({
  description:
    'Copies the files that measuring reads (cgroups, thread counters, CPU states, topology), a moment apart, into one text. It is what a bug report needs: read it before you send it, and use --scrub where names must not leave. cpugap replay shows it.',
  flags,
  examples: [
    { line: 'cpugap capture -o host.txt', does: 'two readings, one second apart' },
    { line: 'cpugap capture -o host.txt --scrub', does: 'with names replaced' },
    { line: 'cpugap replay host.txt --once', does: 'the table that it makes' },
  ],
  exits: ['failed', 'impossible', 'interrupted', 'terminated'],
  run: ({ options }, io) => runCapture(options, io),
});

async function runCapture(options: OptionsOf<typeof flags>, io: CliIo): Promise<number> {
  const progress = progressOn(io.err);
  progress.show(`taking ${counted(options.readings, 'reading')} ...`);
  const text = await captureHost(rootsOf(options), {
    scrubNames: options.scrub,
    readings: options.readings,
    intervalMs: options.interval * 1000,
    // An interrupted wait ends at once; what is captured then is not written.
    clock: { ...systemClock, sleep: (ms) => systemClock.sleep(ms, io.signal) },
  });
  progress.clear();
  if (io.signal.aborted) return interruptionCode(io.signal);
  try {
    await writeFile(options.output, text);
  } catch (error) {
    throw asWriteFailure(error, options.output);
  }
  report(text, options, io);
  return exitCodes.ok.code;
}

function report(text: string, options: OptionsOf<typeof flags>, io: CliIo): void {
  const { output: path, readings, scrub } = options;
  const bytes = Buffer.byteLength(text);
  if (options.json) {
    io.out.write(formatJson({ path, readings, bytes, scrubbed: scrub }));
    return;
  }
  const advice = scrub ? '' : ' It holds the names of your containers: use --scrub to replace them.';
  io.err.write(
    `cpugap: wrote ${counted(readings, 'reading')} to ${path} (${formatBytes(bytes)}).${advice} See it with: cpugap replay ${path}\n`,
  );
}

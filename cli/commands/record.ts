import { hostname } from 'node:os';
import { RecordingWriter } from '../../agent/recording/recording-writer.ts';
import { Observer } from '../../agent/sampling/observer.ts';
import { systemClock } from '../../host/clock.ts';
import { defineCommand, requiredFileFlag, valueFlag, type OptionsOf } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { asWriteFailure } from '../failures.ts';
import { parseDuration } from '../flag-values.ts';
import { interruptionCode, type CliIo } from '../io.ts';
import { openSampleReader, readLiveSamples } from '../live-source.ts';
import { programVersion } from '../program-version.ts';
import { progressOn } from '../progress.ts';
import { formatJson } from '../render/json.ts';
import { formatBytes, formatDuration } from '../render/numbers.ts';
import { counted } from '../render/words.ts';
import { intervalFlag, outputFlags, rootFlags } from '../root-flags.ts';

const flags = {
  output: requiredFileFlag('-o, --output <file>', 'where to write; gzipped when the name ends in .gz'),
  duration: valueFlag(
    '--duration <time>',
    'end after this long: 30s, 10m (default: until Ctrl-C)',
    parseDuration,
  ),
  ...intervalFlag,
  ...rootFlags,
  ...outputFlags,
} as const;

export const recordCommand = defineCommand({
  description:
    'Writes the raw readings, not derived numbers, so that a later version can derive better ones from them. A recording without --duration runs until Ctrl-C, which is its normal end; each reading is on disk when it is made, so nothing but the last is lost in a crash.',
  flags,
  examples: [
    { line: 'cpugap record -o monday.jsonl.gz --duration 10m', does: 'ten minutes, gzipped' },
    { line: 'cpugap record -o incident.jsonl --interval 200ms', does: 'five readings a second until Ctrl-C' },
    { line: 'cpugap replay monday.jsonl.gz', does: 'look at it' },
  ],
  exits: ['failed', 'impossible', 'badInput', 'interrupted', 'terminated'],
  run: ({ options }, io) => runRecord(options, io),
});

async function runRecord(options: OptionsOf<typeof flags>, io: CliIo): Promise<number> {
  const reader = openSampleReader(options);
  try {
    const writer = await openWriter(options);
    const progress = progressOn(io.err);
    io.err.write(
      `cpugap: recording to ${options.output}${options.duration === undefined ? ' until Ctrl-C' : ''}\n`,
    );
    const observer = new Observer({ maxContainers: Number.MAX_SAFE_INTEGER });
    const samples = readLiveSamples(reader, (path) => observer.wantsThreads(path), {
      intervalSeconds: options.interval,
      signal: io.signal,
    });
    let seconds = 0;
    let firstNs: bigint | undefined;
    try {
      for await (const sample of samples) {
        observer.observe(sample);
        firstNs ??= sample.monotonicNs;
        seconds = Number(sample.monotonicNs - firstNs) / 1e9;
        const limit = await writer.write(sample);
        progress.show(
          `${counted(writer.samples, 'sample')}, ${formatDuration(seconds)}, ${formatBytes(writer.bytes)}`,
        );
        if (limit !== undefined) break;
      }
    } catch (error) {
      throw asWriteFailure(error, options.output);
    } finally {
      progress.clear();
      await writer.close().catch((error: unknown) => {
        throw asWriteFailure(error, options.output);
      });
    }
    report(writer, seconds, options, io);
    const cutShort = io.signal.aborted && options.duration !== undefined;
    return cutShort ? interruptionCode(io.signal) : exitCodes.ok.code;
  } finally {
    reader.close();
  }
}

async function openWriter(options: OptionsOf<typeof flags>): Promise<RecordingWriter> {
  const { output: path, duration } = options;
  try {
    return await RecordingWriter.open({
      path,
      header: {
        format: 'cpugap-recording',
        formatVersion: 1,
        cpugapVersion: programVersion(),
        node: hostname(),
        intervalMs: options.interval * 1000,
        startedWallTimeMs: systemClock.wallTimeMs(),
      },
      ...(duration !== undefined && { durationSeconds: duration }),
    });
  } catch (error) {
    throw asWriteFailure(error, path);
  }
}

function report(writer: RecordingWriter, seconds: number, options: OptionsOf<typeof flags>, io: CliIo): void {
  const { samples, bytes, path } = writer;
  if (options.json) {
    io.out.write(formatJson({ path, samples, seconds, bytes }));
    return;
  }
  io.err.write(
    `cpugap: wrote ${counted(samples, 'sample')} over ${formatDuration(seconds)} to ${path} (${formatBytes(bytes)}); see it with: cpugap replay ${path}\n`,
  );
}

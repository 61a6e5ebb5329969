import type { SampleReader } from '../../host/sample-reader.ts';
import { defineCommand, fileFlag, valueFlagWithFallback, type OptionsOf } from '../command.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { deriveExplanation } from '../explain/derive-explanation.ts';
import { gatherEvidence, type Evidence } from '../explain/evidence.ts';
import { findContainer } from '../explain/find-container.ts';
import { customaryPlaces, type FilePlaces } from '../explain/kernel-files.ts';
import { addToSums, type WindowSums } from '../explain/window-sums.ts';
import { parseDuration } from '../flag-values.ts';
import { interruptionCode, type CliIo } from '../io.ts';
import { livePlaces, openGivenReservations, openSampleReader, readLiveWindows } from '../live-source.ts';
import { progressOn } from '../progress.ts';
import { replayWindows } from '../recorded-source.ts';
import { displayName, type Named } from '../render/container-name.ts';
import { renderExplanation } from '../render/explanation.ts';
import { formatJson } from '../render/json.ts';
import { paintLines } from '../render/line.ts';
import { formatDuration } from '../render/numbers.ts';
import { listed, printable } from '../render/words.ts';
import { openReplayFile } from '../replay-file.ts';
import { intervalFlag, outputFlags, rootFlags } from '../root-flags.ts';

const flags = {
  duration: valueFlagWithFallback('--duration <time>', 'how long to measure', parseDuration, 5),
  recording: fileFlag('--recording <file>', 'explain from a recording, over all of it, instead of this host'),
  ...intervalFlag,
  ...rootFlags,
  ...outputFlags,
} as const;

type Options = OptionsOf<typeof flags>;

export const explainCommand = defineCommand({
  description:
    'Measures a few windows and writes a note on one container: reserved, wanted, received and missed CPU, why and where it went, throttling, the settings in force and what they promise, how good the numbers are, and what to look at next. Each number names the file that it was read from.',
  argument: {
    name: 'container',
    description: 'its name, namespace/pod/container, pod, id or cgroup path, or an unambiguous part of one',
    required: true,
  },
  flags,
  examples: [
    { line: 'cpugap explain web-5d9c7', does: 'the container whose name holds that' },
    {
      line: 'cpugap explain /kubepods/burstable/pod1/abc --duration 30s',
      does: 'by cgroup path, over half a minute',
    },
    { line: 'cpugap explain web --recording monday.jsonl.gz', does: 'what happened on Monday' },
  ],
  exits: ['impossible', 'badInput', 'notFound', 'interrupted', 'terminated'],
  run: ({ argument = '', options }, io) =>
    options.recording === undefined
      ? explainLive(argument, options, io)
      : explainRecording(argument, options.recording, options, io),
});

async function explainLive(wanted: string, options: Options, io: CliIo): Promise<number> {
  const reader = openSampleReader(options);
  const stop = new AbortController();
  try {
    const path = resolve(wanted, reader.read(() => false).containers);
    const signal = AbortSignal.any([io.signal, stop.signal]);
    const sums = await measure(reader, path, options, signal, io);
    if (io.signal.aborted) return interruptionCode(io.signal);
    const { noExactReason } = reader;
    const evidence = {
      ...evidenceOf(sums, path, wanted),
      ...(noExactReason !== undefined && { noExactReason }),
    };
    print(evidence, livePlaces(reader, options), options, io);
    return exitCodes.ok.code;
  } finally {
    stop.abort();
    reader.close();
  }
}

/** Windows until the duration is over, their threads read whether they seem to wait or not. */
async function measure(
  reader: SampleReader,
  path: string,
  options: Options,
  signal: AbortSignal,
  io: CliIo,
): Promise<WindowSums | undefined> {
  const progress = progressOn(io.err);
  const windows = readLiveWindows(reader, {
    intervalSeconds: Math.min(options.interval, options.duration),
    signal,
    alwaysThreads: (candidate) => candidate === path,
  });
  let sums: WindowSums | undefined;
  progress.show(`measuring for ${formatDuration(options.duration)} ...`);
  try {
    for await (const window of windows) {
      sums = addToSums(sums, window);
      progress.show(`measured ${formatDuration(sums.seconds)} of ${formatDuration(options.duration)}`);
      // A tick comes a little early or late; half an interval more is not worth waiting for.
      if (sums.seconds >= options.duration - options.interval / 2) break;
    }
  } finally {
    progress.clear();
  }
  return sums;
}

async function explainRecording(wanted: string, file: string, options: Options, io: CliIo): Promise<number> {
  const recording = await openReplayFile(file, openGivenReservations(options.reservations));
  let sums: WindowSums | undefined;
  try {
    for await (const window of replayWindows(recording.samples, file, { speed: 'max', signal: io.signal })) {
      sums = addToSums(sums, window);
    }
  } finally {
    await recording.close();
  }
  if (io.signal.aborted) return interruptionCode(io.signal);
  if (sums === undefined)
    throw new CliError('badInput', `${file} has no two readings to compare: give a longer recording.`);
  const cut = recording.cut();
  if (cut !== undefined) io.err.write(`cpugap: explaining as far as the recording goes: ${cut}\n`);
  const path = resolve(wanted, uniqueByPath([...sums.containers.values()].map(({ ledger }) => ledger)));
  print(evidenceOf(sums, path, wanted), customaryPlaces(sums.last.host.cgroupVersion), options, io);
  return exitCodes.ok.code;
}

function uniqueByPath<Candidate extends Named>(candidates: readonly Candidate[]): readonly Candidate[] {
  return [...new Map(candidates.map((candidate) => [candidate.path, candidate])).values()];
}

const mostNamesInError = 8;

/** The path of the one container that is meant. Throws CliError that lists candidates or near names. */
function resolve(wanted: string, containers: readonly Named[]): string {
  const finding = findContainer(wanted, containers);
  if (finding.kind === 'found') return finding.container.path;
  const asked = printable(wanted);
  if (finding.kind === 'ambiguous') {
    const shown = finding.candidates.map(nameForError).toSorted().slice(0, mostNamesInError);
    const more = finding.candidates.length - shown.length;
    throw new CliError(
      'notFound',
      `${finding.candidates.length} containers match "${asked}": ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}. Give more of the name, or the path.`,
    );
  }
  const near =
    finding.near.length > 0
      ? `Did you mean ${listed(finding.near.map(nameForError)).replace(/ and ([^,]*)$/, ' or $1')}?`
      : containers.length === 0
        ? 'There is none at all here; cpugap doctor says what can be read.'
        : 'cpugap top --once lists them all.';
  throw new CliError('notFound', `No container matches "${asked}". ${near}`);
}

/** The name, with the path where the name alone would not do. */
function nameForError(candidate: Named): string {
  const name = displayName(candidate);
  return candidate.path.endsWith(`/${name}`)
    ? printable(candidate.path)
    : `${name} (${printable(candidate.path)})`;
}

function evidenceOf(sums: WindowSums | undefined, path: string, wanted: string): Evidence {
  const evidence = sums && gatherEvidence(sums, path);
  if (evidence !== undefined) return evidence;
  throw new CliError(
    'notFound',
    `${printable(wanted)} was not there for a whole window: try a shorter --interval.`,
  );
}

function print(evidence: Evidence, places: FilePlaces, options: Options, io: CliIo): void {
  const explanation = deriveExplanation(evidence, places);
  io.out.write(
    options.json
      ? formatJson({ ...explanation, evidence })
      : paintLines(renderExplanation(explanation, io.out.columns() ?? 100), io.colour),
  );
}

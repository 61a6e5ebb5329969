import { defineCommand, switchFlag, valueFlag, type OptionsOf } from '../command.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { customaryPlaces } from '../explain/kernel-files.ts';
import { parseSpeed, parseTimePoint } from '../flag-values.ts';
import { interruptionCode, type CliIo } from '../io.ts';
import type { ObservedWindow } from '../observed-window.ts';
import { openReplayFile, type ReplayFile } from '../replay-file.ts';
import { replayWindows } from '../recorded-source.ts';
import { counted } from '../render/words.ts';
import { openGivenReservations } from '../live-source.ts';
import { outputFlags, rootFlags } from '../root-flags.ts';
import { runLiveScreen } from '../top/live-screen.ts';
import { formatWindow, printWindows } from '../top/print-tables.ts';
import { firstTopState } from '../top/state.ts';
import { tableFlags } from './top.ts';

const flags = {
  once: switchFlag('--once', 'print only the last table and end'),
  speed: valueFlag(
    '--speed <factor>',
    'times faster than recorded: 10x, 0.5, max (default: 1 on a terminal, else max)',
    parseSpeed,
  ),
  from: valueFlag(
    '--from <time>',
    'begin there: 30s from the start, or 2026-07-01T14:05:00Z',
    parseTimePoint,
  ),
  to: valueFlag('--to <time>', 'end there', parseTimePoint),
  ...tableFlags,
  reservations: rootFlags.reservations,
  ...outputFlags,
} as const;

export const replayCommand = defineCommand({
  description:
    'Runs a recording, or a capture with two readings, through the same code as a live host: the same table and keys on a terminal, table after table elsewhere, one ledger per line with --json. A recording that was cut is replayed as far as it goes.',
  argument: { name: 'file', description: 'what cpugap record or cpugap capture wrote', required: true },
  flags,
  examples: [
    { line: 'cpugap replay monday.jsonl.gz', does: 'as it happened; space pauses' },
    { line: 'cpugap replay monday.jsonl.gz --speed 60x', does: 'an hour in a minute' },
    { line: 'cpugap replay monday.jsonl.gz --once', does: 'the last table' },
    {
      line: 'cpugap replay monday.jsonl.gz --json --from 10m --to 15m',
      does: 'five minutes of ledgers, one per line',
    },
  ],
  exits: ['impossible', 'badInput', 'interrupted', 'terminated'],
  run: ({ argument = '', options }, io) => runReplay(argument, options, io),
});

async function runReplay(path: string, options: OptionsOf<typeof flags>, io: CliIo): Promise<number> {
  const file = await openReplayFile(path, openGivenReservations(options.reservations));
  const stop = new AbortController();
  const terminal = options.json || options.once ? undefined : io.terminal;
  const windows = replayWindows(file.samples, path, {
    speed: options.speed ?? (terminal === undefined ? 'max' : 1),
    signal: AbortSignal.any([io.signal, stop.signal]),
    ...(options.from !== undefined && { from: options.from }),
    ...(options.to !== undefined && { to: options.to }),
  });
  try {
    if (terminal !== undefined) {
      const screen = {
        origin: `replay ${path}`,
        state: { ...firstTopState, sort: options.sort, filter: options.filter },
        places: (window: ObservedWindow) => customaryPlaces(window.sample.host.cgroupVersion),
        waitsWhilePaused: true,
        atEnd: () => file.cut() ?? 'End of the recording.',
      };
      return await runLiveScreen(windows, screen, terminal, io);
    }
    const printed = options.once
      ? await printLast(windows, options, io)
      : await printWindows(windows, options, io);
    if (io.signal.aborted) return interruptionCode(io.signal);
    sayHowItEnded(file, printed, io);
    return exitCodes.ok.code;
  } finally {
    stop.abort();
    await file.close();
  }
}

async function printLast(
  windows: AsyncIterable<ObservedWindow>,
  options: OptionsOf<typeof flags>,
  io: CliIo,
): Promise<number> {
  let last: ObservedWindow | undefined;
  let count = 0;
  for await (const window of windows) {
    last = window;
    count += 1;
  }
  if (last !== undefined) io.out.write(formatWindow(last, options, io));
  return count;
}

function sayHowItEnded(file: ReplayFile, printed: number, io: CliIo): void {
  const cut = file.cut();
  if (printed === 0) {
    const reason = cut === undefined ? '' : ` (${cut})`;
    throw new CliError(
      'badInput',
      `${file.path} has no two readings to compare in that range${reason}: give a longer recording or a wider --from and --to.`,
    );
  }
  if (cut !== undefined)
    io.err.write(`cpugap: replayed ${counted(printed, 'window')}, as far as it goes: ${cut}\n`);
}

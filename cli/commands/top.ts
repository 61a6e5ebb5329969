import { defineCommand, switchFlag, valueFlag, valueFlagWithFallback, type OptionsOf } from '../command.ts';
import { oneOf, parseCount } from '../flag-values.ts';
import { interruptionCode, type CliIo } from '../io.ts';
import { exitCodes } from '../exit-codes.ts';
import { livePlaces, openSampleReader, readLiveWindows } from '../live-source.ts';
import { sortKeys } from '../rank.ts';
import { intervalFlag, outputFlags, rootFlags } from '../root-flags.ts';
import { runLiveScreen } from '../top/live-screen.ts';
import { printWindows } from '../top/print-tables.ts';
import { firstTopState } from '../top/state.ts';

export const tableFlags = {
  sort: valueFlagWithFallback(
    '--sort <key>',
    `what stands on top: ${sortKeys.join(', ')}`,
    oneOf(sortKeys),
    'gap',
  ),
  filter: valueFlagWithFallback(
    '--filter <text>',
    'only names or paths that hold this text',
    (text) => text,
    '',
  ),
} as const;

const flags = {
  once: switchFlag('--once', 'print one table after one window and end'),
  count: valueFlag('-n, --count <number>', 'print so many tables and end', parseCount),
  ...intervalFlag,
  ...tableFlags,
  ...rootFlags,
  ...outputFlags,
} as const;

export const topCommand = defineCommand({
  description:
    'A live table of all containers, those with the largest gap on top. On a terminal it takes the whole screen and listens to keys (? shows them); with --once, -n or --json, or where there is no terminal, it prints table after table.',
  flags,
  examples: [
    { line: 'cpugap top', does: 'the live table' },
    { line: 'cpugap top --once', does: 'one table over one second' },
    { line: 'cpugap top --interval 5s --sort wait', does: 'windows of five seconds, longest waits on top' },
    { line: 'cpugap top --once --json', does: 'the ledger of one window as JSON' },
  ],
  exits: ['impossible', 'badInput', 'interrupted', 'terminated'],
  run: ({ options }, io) => runTop(options, io),
});

async function runTop(options: OptionsOf<typeof flags>, io: CliIo): Promise<number> {
  const reader = openSampleReader(options);
  const stop = new AbortController();
  try {
    const windows = readLiveWindows(reader, {
      intervalSeconds: options.interval,
      signal: AbortSignal.any([io.signal, stop.signal]),
    });
    const count = options.once ? 1 : options.count;
    const prints = options.json || count !== undefined || io.terminal === undefined;
    if (!prints) {
      const places = livePlaces(reader, options);
      const screen = {
        origin: 'live',
        state: { ...firstTopState, sort: options.sort, filter: options.filter },
        places: () => places,
        waitsWhilePaused: false,
        atEnd: () => 'The readings have ended.',
      };
      return await runLiveScreen(windows, screen, io.terminal, io);
    }
    const { json, sort, filter } = options;
    await printWindows(windows, { json, sort, filter, ...(count !== undefined && { count }) }, io);
    return io.signal.aborted ? interruptionCode(io.signal) : exitCodes.ok.code;
  } finally {
    stop.abort();
    reader.close();
  }
}

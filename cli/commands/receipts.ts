import { readReceipts } from '../../tuner/audit/receipts-file.ts';
import { defineCommand, valueFlagWithFallback, type OptionsOf } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { asReadFailure } from '../failures.ts';
import { parseCount } from '../flag-values.ts';
import type { CliIo } from '../io.ts';
import { formatJson } from '../render/json.ts';
import { paintLines } from '../render/line.ts';
import { renderReceipts } from '../render/receipts-report.ts';
import { counted } from '../render/words.ts';
import { outputFlags } from '../root-flags.ts';
import { stateFlag } from '../tuner/flags.ts';

const flags = {
  count: valueFlagWithFallback('-n, --count <number>', 'how many of the latest', parseCount, 20),
  ...stateFlag,
  ...outputFlags,
} as const;

export const receiptsCommand = defineCommand({
  description:
    'Shows what the tuner did, each change with what was predicted and what was measured after it, for the container that it was for and for its neighbours, and whether it was kept.',
  flags,
  examples: [
    { line: 'cpugap receipts', does: 'the latest twenty, newest last' },
    { line: 'cpugap receipts --json -n 1000', does: 'one JSON document per line' },
  ],
  exits: ['impossible'],
  run: ({ options }, io) => Promise.resolve(runReceipts(options, io)),
});

function runReceipts(options: OptionsOf<typeof flags>, io: CliIo): number {
  const { receipts, unreadable } = read(options.stateDir);
  const shown = receipts.slice(-options.count);
  if (options.json) for (const receipt of shown) io.out.write(formatJson(receipt));
  else if (shown.length > 0)
    io.out.write(paintLines(renderReceipts(shown, io.out.columns() ?? 110), io.colour));
  if (shown.length === 0) io.err.write(`cpugap: there are no receipts in ${options.stateDir}.\n`);
  if (unreadable > 0) io.err.write(`cpugap: ${counted(unreadable, 'line')} could not be read.\n`);
  return exitCodes.ok.code;
}

function read(stateFolder: string): ReturnType<typeof readReceipts> {
  try {
    return readReceipts(stateFolder);
  } catch (error) {
    throw asReadFailure(error, stateFolder);
  }
}

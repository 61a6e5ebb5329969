import type { Command } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { ExitReason } from '../exit-codes.ts';

/** What follows the flags in a command's help: examples and the exit codes that it can end with. */
export function formatHelpTail(command: Command): string {
  const reasons: readonly ExitReason[] = ['ok', 'usage', ...command.exits];
  const width = Math.max(...command.examples.map((example) => example.line.length));
  return [
    '',
    'Examples:',
    ...command.examples.map((example) => `  ${example.line.padEnd(width)}  ${example.does}`),
    '',
    'Exit codes:',
    ...reasons
      .map((reason) => exitCodes[reason])
      .toSorted((one, other) => one.code - other.code)
      .map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`),
  ].join('\n');
}

/** From the command line to a running command: builds the parser from the command tables and turns failures into exit codes. */
import { Argument, Command as Parser, CommanderError, InvalidArgumentError, Option } from 'commander';
import { loadCommand, type Command, type Flag, type ListedCommand } from './command.ts';
import { asCliError } from './failures.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { interruptionCode, type CliIo } from './io.ts';
import { formatHelpTail } from './render/help-tail.ts';

export interface ProgramFacts {
  readonly version: string;
  readonly description: string;
}

/**
 * Parses `words` (without node and script), loads and runs the command that the first names, and gives its exit code.
 * Never throws: usage errors, CliErrors and unforeseen errors all end as one sentence on `io.err` and the code of the
 * exit code table.
 */
export async function runProgram(
  words: readonly string[],
  commands: readonly ListedCommand[],
  facts: ProgramFacts,
  io: CliIo,
): Promise<number> {
  let exitCode: number = exitCodes.ok.code;
  const root = newParser('cpugap', facts.description, io).version(
    facts.version,
    '-V, --version',
    'print the version',
  );
  root.addHelpText(
    'after',
    '\nRun cpugap <command> --help for the flags, examples and exit codes of a command.',
  );
  try {
    for (const listed of commands) {
      const parser = newParser(listed.name, '', io).summary(listed.summary);
      root.addCommand(parser);
      if (listed.name !== words[0]) continue;
      equip(parser, await loadCommand(listed), io, (code) => (exitCode = code));
    }
    if (words.length === 0) root.help();
    await root.parseAsync([...words], { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportFailure(asCliError(error), io);
  }
}

/** Gives the parser of one command its flags, help and action. */
function equip(parser: Parser, command: Command, io: CliIo, onExitCode: (code: number) => void): void {
  parser.description(command.description);
  addArgumentAndFlags(parser, command);
  parser.addHelpText('after', () => formatHelpTail(command));
  parser.action(async (...received: unknown[]) => {
    const argument = command.argument === undefined ? undefined : (received[0] as string | undefined);
    const options = optionsByKey(parser, command);
    const more = command.moreArguments === undefined ? [] : (received[1] as readonly string[]);
    onExitCode(await command.run({ argument, more, options }, ioFor(io, options)));
  });
}

function newParser(name: string, description: string, io: CliIo): Parser {
  return new Parser(name)
    .description(description)
    .exitOverride()
    .helpCommand(false)
    .helpOption('-h, --help', 'print this help')
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => {
        io.out.write(text);
      },
      writeErr: (text) => {
        io.err.write(text);
      },
      getOutHelpWidth: () => Math.min(io.out.columns() ?? 100, 120),
      getOutHasColors: () => io.colour,
      outputError: (text, write) => {
        write(formatUsageError(text, name));
      },
    });
}

/** `error: unknown option '--jsn'\n(Did you mean --json?)` as one sentence. */
function formatUsageError(text: string, name: string): string {
  const [what = '', ...more] = text.trim().split('\n');
  const suggestion = more.join(' ').replace(/^\(|\)$/g, '');
  const help = name === 'cpugap' ? 'cpugap --help' : `cpugap ${name} --help`;
  const sentence = what
    .replace(/^error: /, '')
    .replace(' is invalid. ', ' will not do: ')
    .replace(/\.$/, '');
  return `cpugap: ${sentence}. ${suggestion === '' ? '' : `${suggestion} `}See ${help}.\n`;
}

function addArgumentAndFlags(parser: Parser, command: Command): void {
  if (command.argument !== undefined) {
    const { name, description, required, choices } = command.argument;
    const argument = new Argument(required ? `<${name}>` : `[${name}]`, description);
    parser.addArgument(choices === undefined ? argument : argument.choices(choices));
  }
  if (command.moreArguments !== undefined) {
    const { name, description } = command.moreArguments;
    parser.addArgument(new Argument(`[${name}...]`, description));
  }
  for (const flag of Object.values(command.flags)) parser.addOption(optionOf(flag));
}

function optionOf(flag: Flag<unknown>): Option {
  const option = new Option(flag.flags, flag.description).makeOptionMandatory(flag.required ?? false);
  if (flag.fallback !== undefined && flag.fallback !== false) option.default(flag.fallback);
  const { parse } = flag;
  if (parse !== undefined) {
    option.argParser((text: string) => {
      try {
        return parse(text);
      } catch (error) {
        if (error instanceof RangeError) throw new InvalidArgumentError(`expected ${error.message}`);
        throw error;
      }
    });
  }
  return option;
}

/** The parsed values under the keys of the command's own flag table. */
function optionsByKey(parser: Parser, command: Command): Readonly<Record<string, unknown>> {
  const values = parser.opts<Record<string, unknown>>();
  return Object.fromEntries(
    Object.entries(command.flags).map(([key, flag]) => [
      key,
      values[new Option(flag.flags).attributeName()] ?? flag.fallback,
    ]),
  );
}

function ioFor(io: CliIo, options: Readonly<Record<string, unknown>>): CliIo {
  return { ...io, colour: io.colour && options['color'] !== false && options['json'] !== true };
}

function reportFailure(error: unknown, io: CliIo): number {
  // The parser has already written help, version or its own error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok.code : exitCodes.usage.code;
  if (error instanceof CliError) {
    io.err.write(`cpugap: ${error.message}\n`);
    return error.exitCode;
  }
  if (io.signal.aborted) return interruptionCode(io.signal);
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.err.write(`cpugap: an unforeseen failure, which is a bug worth reporting with this text: ${detail}\n`);
  return exitCodes.failed.code;
}

/**
 * A command as a value: what it is called, what it takes, examples, and what runs. The parser, the help, the shell
 * completion and the test of docs/cli.md all read the same tables.
 */
import type { ExitReason } from './exit-codes.ts';
import type { CliIo } from './io.ts';

/** One flag. The values of a command's flags arrive under the keys of its flag table. */
export interface Flag<Value> {
  /** As commander reads it: `-o, --output <file>`; no `<value>` makes it a switch. */
  readonly flags: string;
  readonly description: string;
  /** Text to value; throws RangeError with what it expected when the text will not do. */
  readonly parse?: (text: string) => Value;
  readonly fallback?: Value;
  readonly required?: boolean;
  /** Completion offers file names after it. */
  readonly takesFile?: boolean;
}

export type FlagTable = Readonly<Record<string, Flag<unknown>>>;
type ValueOf<F> = F extends Flag<infer Value> ? Value : never;
export type OptionsOf<Flags extends FlagTable> = { readonly [Key in keyof Flags]: ValueOf<Flags[Key]> };

export interface Argument {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly choices?: readonly string[];
}

/** Any number of words after the argument. */
export interface MoreArguments {
  readonly name: string;
  readonly description: string;
}

export interface Invocation<Options> {
  readonly argument: string | undefined;
  /** The words after it, where the command takes more. */
  readonly more?: readonly string[];
  readonly options: Options;
}

export interface Example {
  readonly line: string;
  readonly does: string;
}

/** A command with the types of its options forgotten, as the file of each command gives it. */
export interface CommandBody {
  readonly description: string;
  readonly argument?: Argument;
  readonly moreArguments?: MoreArguments;
  readonly flags: FlagTable;
  readonly examples: readonly Example[];
  /** Which rows of the exit code table it can end with, besides `ok` and `usage`. */
  readonly exits: readonly ExitReason[];
  run(invocation: Invocation<Readonly<Record<string, unknown>>>, io: CliIo): Promise<number>;
}

/** A command that is listed: its body is loaded when it is wanted, since most of them need much code of their own. */
export interface ListedCommand {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandBody>;
}

export interface Command extends CommandBody {
  readonly name: string;
  readonly summary: string;
}

export async function loadCommand({ name, summary, load }: ListedCommand): Promise<Command> {
  return { name, summary, ...(await load()) };
}

export interface CommandDefinition<Flags extends FlagTable> extends Omit<CommandBody, 'flags' | 'run'> {
  readonly flags: Flags;
  run(invocation: Invocation<OptionsOf<Flags>>, io: CliIo): Promise<number>;
}

/** Ties the types of a command's options to its flag table. */
export function defineCommand<Flags extends FlagTable>(definition: CommandDefinition<Flags>): CommandBody {
  // The parser fills the options from this very flag table, so they have the types that the table gives.
  return definition;
}

export function switchFlag(flags: string, description: string): Flag<boolean> {
  return { flags, description, fallback: false };
}

export function textFlag(flags: string, description: string): Flag<string | undefined> {
  return { flags, description };
}

export function fileFlag(flags: string, description: string): Flag<string | undefined> {
  return { flags, description, takesFile: true };
}

export function requiredFileFlag(flags: string, description: string): Flag<string> {
  return { flags, description, required: true, takesFile: true, parse: (text) => text };
}

export function valueFlag<Value>(
  flags: string,
  description: string,
  parse: (text: string) => Value,
): Flag<Value | undefined> {
  return { flags, description, parse };
}

export function valueFlagWithFallback<Value>(
  flags: string,
  description: string,
  parse: (text: string) => Value,
  fallback: Value,
): Flag<Value> {
  return { flags, description, parse, fallback };
}

/** What a command may touch of its process, as one value: tests pass arrays, main passes the real streams. */
import { exitCodes } from './exit-codes.ts';

export interface TextSink {
  /** Writes text as it is; a reader that went away is not an error here. */
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Terminal width in columns; `undefined` when it is no terminal. */
  readonly columns: () => number | undefined;
  readonly rows: () => number | undefined;
}

export interface CliIo {
  readonly out: TextSink;
  /** Progress and errors. */
  readonly err: TextSink;
  /** Aborted by Ctrl-C or SIGTERM; its reason is an `Interruption`. */
  readonly signal: AbortSignal;
  /** Whether `out` may carry colour: a terminal, no NO_COLOR, no --no-color. */
  readonly colour: boolean;
  /** Where both standard input and output are a terminal. */
  readonly terminal?: Terminal;
}

/** Each function begins something and gives the function that ends it again. */
export interface Terminal {
  /** Raw key presses, in raw mode: nothing is echoed, and Ctrl-C comes as a key. */
  readonly startKeys: (onBytes: (bytes: string) => void) => () => void;
  readonly onResize: (listener: () => void) => () => void;
  /** Runs on every way out of the process, also after an unforeseen failure; it must write synchronously. */
  readonly onExit: (listener: () => void) => () => void;
  /** Writes before it returns, for listeners of `onExit`. */
  readonly writeNow: (text: string) => void;
}

/** Why `signal` was aborted. */
export interface Interruption {
  /** SIGPIPE stands for a reader of the output that went away. */
  readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE';
}

const interruptionExits = {
  SIGINT: exitCodes.interrupted,
  SIGTERM: exitCodes.terminated,
  SIGHUP: exitCodes.terminated,
  SIGPIPE: exitCodes.ok,
} as const satisfies Readonly<Record<Interruption['signal'], { readonly code: number }>>;

/** The exit code for work that was cut short by the signal: 128 + its number, but for a reader who had enough. */
export function interruptionCode(signal: AbortSignal): number {
  const { signal: name = 'SIGINT' } = (signal.reason ?? {}) as Partial<Interruption>;
  return interruptionExits[name].code;
}

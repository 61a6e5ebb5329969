/** Every exit code of every command, in one table; docs/cli.md repeats it and a test compares the two. */
export const exitCodes = {
  ok: { code: 0, meaning: 'done; for `doctor`: measuring is possible here' },
  failed: {
    code: 1,
    meaning: 'it failed for a reason of its own; for `doctor`: measuring is not possible here',
  },
  usage: { code: 2, meaning: 'the command line is wrong: unknown command or flag, bad or missing value' },
  impossible: {
    code: 3,
    meaning:
      'not permitted or not possible here: rights, a missing kernel file, Node too old, a port that is taken',
  },
  badInput: {
    code: 4,
    meaning: 'a file that was given is not what it should be: recording, capture, reservations, journal',
  },
  notFound: { code: 5, meaning: 'no container, or more than one, matches the name that was given' },
  interrupted: { code: 130, meaning: 'ended by Ctrl-C (SIGINT) before it was done' },
  terminated: { code: 143, meaning: 'ended by SIGTERM before it was done' },
} as const;

export type ExitReason = keyof typeof exitCodes;

/** A failure that the user can act on: one sentence that says what happened and what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly reason: ExitReason;

  constructor(reason: ExitReason, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.reason = reason;
  }

  get exitCode(): number {
    return exitCodes[this.reason].code;
  }
}

/** Logs when something begins to go wrong and when it is over, not at every tick in between. */
import type { Clock } from '../host/clock.ts';
import type { Log, LogFields } from './log.ts';

interface Condition {
  problem: string | undefined;
  loggedNs: bigint;
}

/** What flaps is logged once in this time. */
const quietNs = 60_000_000_000n;

export class ConditionLog {
  readonly #log: Log;
  readonly #clock: Pick<Clock, 'monotonicNs'>;
  readonly #conditions = new Map<string, Condition>();
  readonly #notes = new Map<string, string>();

  constructor(log: Log, clock: Pick<Clock, 'monotonicNs'>) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Logs a state that is neither good nor bad, when it is another one than before. */
  note(subject: string, state: string): void {
    if (this.#notes.get(subject) === state) return;
    this.#notes.set(subject, state);
    this.#log.info(`${subject}: ${state}`);
  }

  /** `subject` is one of a few names; `problem` a sentence, or undefined when all is well. */
  report(subject: string, problem: string | undefined, fields: LogFields = {}): void {
    const condition = this.#conditions.get(subject);
    if (problem === undefined) {
      if (condition?.problem === undefined) return;
      condition.problem = undefined;
      this.#log.info(`${subject}: all is well again`, fields);
      return;
    }
    if (condition?.problem === problem) return;
    const nowNs = this.#clock.monotonicNs();
    if (condition && nowNs - condition.loggedNs < quietNs) return;
    this.#conditions.set(subject, { problem, loggedNs: nowNs });
    this.#log.warn(`${subject}: ${problem}`, fields);
  }
}

/** Counts how reading one kind of file goes within a tick, so that one broken file is a number and not an exception. */
import type { Clock } from './clock.ts';
import { HostReadError } from './host-read-error.ts';
import { ReservationFileError } from './reservation-file-error.ts';
import { KernelTextError } from '../kernel/kernel-text-error.ts';
import type { CollectorReport } from '../kernel/sample.ts';

export class CollectorTally {
  readonly name: string;
  readonly #clock: Clock;
  #startNs = 0n;
  #spentNs = 0n;
  #reads = 0;
  #failures = 0;
  #lastFailure: string | undefined;

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.#clock = clock;
  }

  /** Starts or goes on spending time. */
  begin(): void {
    this.#startNs = this.#clock.monotonicNs();
  }

  end(): void {
    this.#spentNs += this.#clock.monotonicNs() - this.#startNs;
  }

  countRead(): void {
    this.#reads += 1;
  }

  /** Counts a read that failed or was malformed. Anything else is a mistake in this program, and is thrown on. */
  fail(error: unknown): void {
    if (!isReadFailure(error)) throw error;
    this.note(error.message);
  }

  note(failure: string): void {
    this.#failures += 1;
    this.#lastFailure = failure;
  }

  /** What `read` returns, counted; undefined when it is absent or failed. */
  attempt<T>(read: () => T): T | undefined {
    this.#reads += 1;
    try {
      return read();
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  /** The report of this tick; the tally starts again from zero. */
  take(): CollectorReport {
    const report: CollectorReport = {
      name: this.name,
      reads: this.#reads,
      failures: this.#failures,
      durationNs: Number(this.#spentNs),
      ...(this.#lastFailure !== undefined && { lastFailure: this.#lastFailure }),
    };
    this.#reads = 0;
    this.#failures = 0;
    this.#spentNs = 0n;
    this.#lastFailure = undefined;
    return report;
  }
}

function isReadFailure(error: unknown): error is Error {
  return (
    error instanceof HostReadError ||
    error instanceof KernelTextError ||
    error instanceof ReservationFileError
  );
}

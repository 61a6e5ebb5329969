/** Wall time by stage of the agent's work, summed up since the start. */
import type { Clock } from '../../host/clock.ts';

export class StageTimes {
  readonly #clock: Pick<Clock, 'monotonicNs'>;
  readonly #seconds = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonicNs'>) {
    this.#clock = clock;
  }

  get seconds(): ReadonlyMap<string, number> {
    return this.#seconds;
  }

  /** Time of work that fails counts too. */
  measure<Result>(stage: string, work: () => Result): Result {
    const startedNs = this.#clock.monotonicNs();
    try {
      return work();
    } finally {
      this.#add(stage, startedNs);
    }
  }

  async measureAsync<Result>(stage: string, work: () => Promise<Result>): Promise<Result> {
    const startedNs = this.#clock.monotonicNs();
    try {
      return await work();
    } finally {
      this.#add(stage, startedNs);
    }
  }

  #add(stage: string, startedNs: bigint): void {
    const seconds = Number(this.#clock.monotonicNs() - startedNs) / 1e9;
    this.#seconds.set(stage, (this.#seconds.get(stage) ?? 0) + seconds);
  }
}

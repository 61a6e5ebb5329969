/** The loop that samples the live host: one tick at a time, at an interval that its own CPU use may lengthen. */
import { everyIntervalInSteps, type Clock } from '../../host/clock.ts';
import type { Sample } from '../../kernel/sample.ts';
import {
  decideInterval,
  initialBudgetState,
  intervalMsOf,
  type BudgetPolicy,
  type IntervalChange,
} from './budget.ts';
import type { Observation, Observer } from './observer.ts';
import { addPeriodCost, initialPeriodState, periodsPerTick } from './period-budget.ts';
import type { StageTimes } from './stage-times.ts';

/** Where samples come from: the live host, or what stands in for it. */
export interface SampleSource {
  read(wantThreads: (path: string) => boolean): Sample;
  /** Why the last sample has no exact counters; undefined when it has them. */
  readonly noExactReason?: string | undefined;
  /** Whether shorter periods than those between samples would tell more. */
  readonly wantsPeriods?: boolean;
  /** Reads what the next sample says of the time before it. Throws nothing. */
  readPeriod?(): void;
  close(): void;
}

export interface SamplingLoopOptions {
  readonly clock: Clock;
  readonly source: SampleSource;
  readonly observer: Observer;
  readonly stages: StageTimes;
  readonly intervalMs: number;
  readonly cpuBudgetCores: number | 'max';
  /** CPU seconds of this process so far. */
  readonly cpuSeconds: () => number;
  readonly onObservation: (observation: Observation) => Promise<void> | void;
  readonly onIntervalChange: (change: IntervalChange) => void;
  /** Told after each tick why it failed, or undefined when it did not. */
  readonly onTick: (failure: string | undefined) => void;
}

/** Where a tick began. */
interface TickStart {
  readonly ns: bigint;
  readonly cpuSeconds: number;
}

export class SamplingLoop {
  readonly #options: SamplingLoopOptions;
  readonly #policy: BudgetPolicy;
  #budget = initialBudgetState;
  #periods = initialPeriodState;
  #previous: (TickStart & { readonly tickCpuSeconds: number }) | undefined;
  #ticks = 0;
  #failedTicks = 0;
  #missedTicks = 0;
  #failure: string | undefined;

  constructor(options: SamplingLoopOptions) {
    this.#options = options;
    const { intervalMs, cpuBudgetCores } = options;
    this.#policy = {
      baseIntervalMs: intervalMs,
      budgetCores: cpuBudgetCores === 'max' ? Infinity : cpuBudgetCores,
    };
  }

  get intervalMs(): number {
    return intervalMsOf(this.#policy, this.#budget);
  }

  get counts(): { readonly ticks: number; readonly failedTicks: number; readonly missedTicks: number } {
    return { ticks: this.#ticks, failedTicks: this.#failedTicks, missedTicks: this.#missedTicks };
  }

  /** Why the latest tick failed; undefined when it did not. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Ticks at once and then every interval until the signal aborts. One tick that fails does not end it. */
  async run(signal: AbortSignal): Promise<void> {
    const moments = everyIntervalInSteps(
      this.#options.clock,
      () => this.intervalMs,
      () => this.#periodsPerTick(),
      signal,
    );
    for await (const moment of moments) {
      if (moment === 'tick') await this.#tick();
      else this.#readPeriod();
    }
  }

  #periodsPerTick(): number {
    const { source } = this.#options;
    if (!source.wantsPeriods) return 1;
    return periodsPerTick(this.#periods, this.intervalMs, this.#policy.budgetCores);
  }

  #readPeriod(): void {
    const { source, cpuSeconds, stages } = this.#options;
    const before = cpuSeconds();
    stages.measure('period', () => source.readPeriod?.());
    this.#periods = addPeriodCost(this.#periods, cpuSeconds() - before);
  }

  async #tick(): Promise<void> {
    const { clock, cpuSeconds, onTick } = this.#options;
    const start: TickStart = { ns: clock.monotonicNs(), cpuSeconds: cpuSeconds() };
    this.#account(start);
    this.#ticks += 1;
    try {
      await this.#observe();
      this.#failure = undefined;
    } catch (error) {
      this.#failedTicks += 1;
      this.#failure = error instanceof Error ? error.message : String(error);
    }
    onTick(this.#failure);
    this.#previous = { ...start, tickCpuSeconds: cpuSeconds() - start.cpuSeconds };
  }

  async #observe(): Promise<void> {
    const { source, observer, stages, onObservation } = this.#options;
    const sample = stages.measure('read', () => source.read((path) => observer.wantsThreads(path)));
    await onObservation(observer.observe(sample));
  }

  /** Settles what the time since the previous tick cost, and how many ticks did not happen in it. */
  #account(start: TickStart): void {
    const previous = this.#previous;
    if (!previous) return;
    const elapsedSeconds = Number(start.ns - previous.ns) / 1e9;
    this.#missedTicks += Math.max(0, Math.round((elapsedSeconds * 1000) / this.intervalMs) - 1);
    const { state, change } = decideInterval(this.#policy, this.#budget, {
      tickCpuSeconds: previous.tickCpuSeconds,
      processCpuSeconds: start.cpuSeconds - previous.cpuSeconds,
      elapsedSeconds,
    });
    this.#budget = state;
    if (change) this.#options.onIntervalChange(change);
  }
}

/** Samples in, observations out: the one way of live readings and of recordings to ledgers and totals. */
import type { Sample } from '../../kernel/sample.ts';
import { deriveHostLedger } from '../../ledger/derive.ts';
import type { HostLedger } from '../../ledger/ledger.ts';
import { deriveThreadNeed, type ThreadNeed } from '../../ledger/thread-need.ts';
import { accumulate, accumulateCollectors, emptyTotals, type Totals, type TotalsLimits } from './totals.ts';

export interface Observation {
  readonly sample: Sample;
  /** Absent for the first sample, and for the first after the host rebooted. */
  readonly ledger: HostLedger | undefined;
  /** Including this sample's window. */
  readonly totals: Totals;
}

/** Runs one stage of the work; whoever wants to know its cost measures around it. */
export type Measure = <Result>(stage: 'derive' | 'accumulate', work: () => Result) => Result;

export interface ObserverOptions {
  readonly maxContainers: number;
  /** Default 0: nobody asks for such series. */
  readonly maxOffenderPairs?: number;
  readonly keepGoneSeconds?: number;
  readonly measure?: Measure;
}

export class Observer {
  readonly #limits: TotalsLimits;
  readonly #measure: Measure;
  #latest: Observation | undefined;
  #threadNeed: ThreadNeed = new Map();
  #knownPaths: ReadonlySet<string> = new Set();

  constructor(options: ObserverOptions) {
    const { maxContainers, maxOffenderPairs = 0, keepGoneSeconds = 60 } = options;
    this.#limits = { maxContainers, maxOffenderPairs, keepGoneSeconds };
    this.#measure = options.measure ?? ((_stage, work) => work());
  }

  get latest(): Observation | undefined {
    return this.#latest;
  }

  /** Takes the next sample of the same host, in order of time. */
  observe(sample: Sample): Observation {
    const previous = this.#latest?.sample;
    const ledger =
      previous && follows(previous, sample)
        ? this.#measure('derive', () => deriveHostLedger(previous, sample))
        : undefined;
    this.#threadNeed = this.#measure('derive', () => deriveThreadNeed(this.#threadNeed, ledger, sample));
    this.#knownPaths = new Set(sample.containers.map(({ path }) => path));
    const totals = this.#measure('accumulate', () => this.#accumulate(sample, ledger));
    this.#latest = { sample, ledger, totals };
    return this.#latest;
  }

  /** Whether the threads of the container at this path are worth reading in the next sample: new ones always are. */
  wantsThreads(path: string): boolean {
    return this.#threadNeed.has(path) || !this.#knownPaths.has(path);
  }

  #accumulate(sample: Sample, ledger: HostLedger | undefined): Totals {
    const totals = accumulateCollectors(this.#latest?.totals ?? emptyTotals, sample.collectors);
    return ledger ? accumulate(totals, ledger, this.#limits) : totals;
  }
}

/** Two recordings in one file, or a reboot while nobody looked: no window spans them. */
function follows(previous: Sample, next: Sample): boolean {
  return next.monotonicNs > previous.monotonicNs && next.host.bootId === previous.host.bootId;
}

/** Observes a recording, or any other stream of samples, one by one. */
export async function* observeAll(
  samples: AsyncIterable<Sample> | Iterable<Sample>,
  observer: Observer,
): AsyncGenerator<Observation> {
  for await (const sample of samples) yield observer.observe(sample);
}

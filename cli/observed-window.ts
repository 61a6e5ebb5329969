/** Samples to windows: what the commands show, the same for a live host, a recording and a capture. */
import { observeAll, type Observer } from '../agent/sampling/observer.ts';
import type { Sample } from '../kernel/sample.ts';
import type { HostLedger } from '../ledger/ledger.ts';

export interface ObservedWindow {
  /** The samples at both ends. */
  readonly previous: Sample;
  readonly sample: Sample;
  readonly ledger: HostLedger;
  /** PSI some of the whole host as a share of the window; absent when PSI is off. */
  readonly pressureShare?: number;
}

/** One window per pair of samples that follow each other. */
export async function* observeWindows(
  samples: AsyncIterable<Sample> | Iterable<Sample>,
  observer: Observer,
): AsyncGenerator<ObservedWindow, void, undefined> {
  let previous: Sample | undefined;
  for await (const { sample, ledger } of observeAll(samples, observer)) {
    if (previous !== undefined && ledger !== undefined) yield windowOf(previous, sample, ledger);
    previous = sample;
  }
}

/** The window between two samples with its ledger. */
export function windowOf(previous: Sample, sample: Sample, ledger: HostLedger): ObservedWindow {
  const [before, after] = [previous.host.pressure?.someNs, sample.host.pressure?.someNs];
  const known = before !== undefined && after !== undefined && after >= before;
  return {
    previous,
    sample,
    ledger,
    ...(known && { pressureShare: Number(after - before) / 1e9 / ledger.windowSeconds }),
  };
}

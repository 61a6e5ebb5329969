/** When requests are meant to be sent: fixed before the first one goes, so that a slow server cannot slow its clients. */
import type { Random } from '../statistics/random.ts';

export type Arrivals = 'fixed' | 'poisson';

/** Nanoseconds from the start to each intended send, ascending, without end. */
export function* intendedSends(
  arrivals: Arrivals,
  perSecond: number,
  random: Random,
): Generator<number, never, undefined> {
  const meanGapNs = 1e9 / perSecond;
  for (let at = 0; ;) {
    yield at;
    at += arrivals === 'fixed' ? meanGapNs : -Math.log(1 - random()) * meanGapNs;
  }
}

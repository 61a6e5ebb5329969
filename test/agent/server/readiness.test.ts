import t from 'tap';
import { decideReadiness } from '../../../agent/server/readiness.ts';
import { metricsView } from '../../support/metrics-view-literal.ts';

const { observation } = metricsView();
if (!observation) throw new Error('the literal view has an observation');
const sampledNs = observation.sample.monotonicNs;
const current = { latest: observation, nowNs: sampledNs, intervalSeconds: 1, failure: undefined };

const rows = [
  ['with a current ledger', current, undefined],
  ['with one three intervals old', { ...current, nowNs: sampledNs + 3_000_000_000n }, undefined],
  [
    'with an older one',
    { ...current, nowNs: sampledNs + 3_100_000_000n },
    'The last sample is 3.1 s old, at an interval of 1 s.',
  ],
  [
    'when readings fail',
    { ...current, nowNs: sampledNs + 9_000_000_000n, failure: 'EIO.' },
    'The last sample is 9.0 s old, at an interval of 1 s. The latest reading failed: EIO.',
  ],
  ['before the first sample', { ...current, latest: undefined }, 'There is no sample yet.'],
  [
    'before the first ledger',
    { ...current, latest: { ...observation, ledger: undefined } },
    'There is one sample; a ledger needs two.',
  ],
] as const;

t.test('is ready only with a current ledger', async (t) => {
  for (const [name, input, reason] of rows) {
    const expected = reason === undefined ? { kind: 'ready' } : { kind: 'not_ready', reason };
    t.same(decideReadiness(input), expected, name);
  }
});

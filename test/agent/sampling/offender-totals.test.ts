import t from 'tap';
import {
  accumulateOffenders,
  noOffenders,
  offenderPairs,
  type OffenderTotals,
} from '../../../agent/sampling/offender-totals.ts';
import type { ContainerLedger } from '../../../ledger/ledger.ts';
import { containerLedger, hostLedger } from '../../support/ledger-literal.ts';
import { fc } from '../../support/properties.ts';

const labelsOf = (path: string) => ({ namespace: undefined, pod: undefined, container: path.slice(1) });

/** Who waited how long behind whom in one window; the offender '' is the host. */
type Waits = readonly (readonly [victim: string, offender: string, seconds: number])[];

function ledgersOf(waits: Waits): readonly ContainerLedger[] {
  return [...new Set(waits.map(([victim]) => victim))].map((victim) =>
    containerLedger({
      path: `/${victim}`,
      source: 'exact',
      offenders: waits
        .filter(([v]) => v === victim)
        .map(([, by, waitSeconds]) => ({
          cgroupId: 1n,
          waitSeconds,
          ...(by !== '' && { path: `/${by}`, name: by }),
        })),
    }),
  );
}

function after(windows: readonly Waits[], most: number, before = noOffenders, from = 0): OffenderTotals {
  return windows.reduce(
    (totals, waits, i) =>
      accumulateOffenders(totals, hostLedger(ledgersOf(waits)), from + i + 1, labelsOf, most),
    before,
  );
}

const repeated = (waits: Waits, windows: number): readonly Waits[] =>
  Array.from({ length: windows }, () => waits);
const shown = (totals: OffenderTotals): object =>
  Object.fromEntries(
    offenderPairs(totals).map(({ victim, offender, waitSeconds }) => [
      `${victim.container}<${offender.container}`,
      Number(waitSeconds.toFixed(6)),
    ]),
  );

t.test('a pair that waits gets a series; before that it is part of the rest', async (t) => {
  const once = after([[['a', 'b', 0.5]]], 10);
  t.same(shown(once), { 'a<b': 0, '_other<_other': 0.5 });
  t.same(
    shown(
      after(
        [
          [
            ['a', 'b', 0.25],
            ['a', '', 0.5],
          ],
        ],
        10,
        once,
        1,
      ),
    ),
    {
      'a<b': 0.25,
      'a<_system': 0,
      '_other<_other': 1,
    },
  );
});

t.test('no series for the pairs beyond the budget, the strongest first', async (t) => {
  const waits: Waits = [
    ['a', 'b', 0.1],
    ['b', 'c', 0.5],
    ['c', 'd', 0.3],
  ];
  t.same(shown(after(repeated(waits, 3), 2)), { 'b<c': 1, 'c<d': 0.6, '_other<_other': 1.1 });
});

t.test('hardly anything is not worth a series, however long it goes on', async (t) => {
  t.same(Object.keys(shown(after(repeated([['a', 'b', 0.0005]], 300), 10))), ['_other<_other']);
});

t.test('a series is taken over only by a pair that waits twice as much', async (t) => {
  const first = after(repeated([['a', 'b', 0.5]], 300), 1);
  const equals: Waits = [
    ['a', 'b', 0.4],
    ['c', 'd', 0.6],
  ];
  const same = after(repeated(equals, 600), 1, first, 300);
  t.same(Object.keys(shown(same)), ['a<b', '_other<_other']);
  const taken = after(
    repeated(
      [
        ['a', 'b', 0.2],
        ['c', 'd', 0.6],
      ],
      200,
    ),
    1,
    same,
    900,
  );
  t.same(Object.keys(shown(taken)), ['c<d', '_other<_other']);
});

t.test('ten quiet minutes end a series', async (t) => {
  const busy = after(repeated([['a', 'b', 0.5]], 10), 10);
  const nobody: Waits = [['x', 'y', 0]];
  t.ok('a<b' in shown(after(repeated(nobody, 600), 10, busy, 10)));
  t.notOk('a<b' in shown(after(repeated(nobody, 601), 10, busy, 10)));
});

t.test('a budget of 0, and a host without the programs, have none of it', async (t) => {
  t.equal(after(repeated([['a', 'b', 0.5]], 3), 0), noOffenders);
  t.same(offenderPairs(noOffenders), []);
  t.equal(accumulateOffenders(noOffenders, hostLedger([containerLedger()]), 1, labelsOf, 10), noOffenders);
});

t.test('every second waited is in one series, no counter falls, and the budget holds', async () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd');
  const waits = fc.array(fc.tuple(name, name, fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 6 });
  fc.assert(
    fc.property(fc.array(waits, { maxLength: 30 }), fc.integer({ min: 1, max: 3 }), (windows, most) => {
      let totals = noOffenders;
      let gone = 0;
      let given = 0;
      for (const [i, window] of windows.entries()) {
        const before = new Map(totals.own);
        totals = after([window], most, totals, i);
        given += window.reduce((sum, [, , seconds]) => sum + seconds, 0);
        for (const [key, pair] of before) {
          const now = totals.own.get(key);
          if (now === undefined) {
            // Its own window may have ended it: what it had is off the page, and was counted.
            gone += pair.waitSeconds + endedWith(window, pair.victim.container, pair.offender.container);
          } else if (now.waitSeconds < pair.waitSeconds) throw new Error('a counter fell');
        }
        if (totals.own.size > most) throw new Error('more series than the budget');
      }
      const sum = offenderPairs(totals).reduce((total, { waitSeconds }) => total + waitSeconds, 0);
      if (Math.abs(sum + gone - given) > 1e-9 * Math.max(1, given))
        throw new Error(`${sum} + ${gone} of ${given}`);
    }),
  );
});

const endedWith = (window: Waits, victim: string, offender: string): number =>
  window.reduce((sum, [v, o, seconds]) => (v === victim && o === offender ? sum + seconds : sum), 0);

import t from 'tap';
import { withReservations } from '../../cli/reserve-anew.ts';
import { fixedReservations } from '../../host/fixed-reservations.ts';
import { sampleOf } from './sample-rows.ts';

t.test('what is given holds, the rest stays', async (t) => {
  const sample = sampleOf(0, [
    { path: '/a', reserved: 1 },
    { path: '/b', reserved: 1 },
    { path: '/c', reserved: 1 },
  ]);
  const source = fixedReservations(
    new Map([
      ['/a', { name: 'renamed', reservation: { cores: 2, source: 'test' } }],
      ['/b', { name: 'b', reservation: { cores: 0, source: 'test' } }],
    ]),
  );
  t.same(
    withReservations(sample, source).containers.map(({ identity, reservation }) => [
      identity.name,
      reservation?.cores,
    ]),
    [
      ['renamed', 2],
      ['b', undefined],
      ['c', 1],
    ],
  );
});

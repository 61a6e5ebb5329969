import t from 'tap';
import { fixedReservations, type FixedReservation } from '../../host/fixed-reservations.ts';

t.test('names the paths of the map, and no others', async (t) => {
  const entry: FixedReservation = { name: 'victim', reservation: { cores: 1.5, source: 'the demo' } };
  const byPath = new Map([['/a/b', entry]]);
  const source = fixedReservations(byPath);
  const subject = (path: string) => ({
    path,
    identity: { kind: 'cgroup', name: path } as const,
    online: { cpus: [0, 1] },
  });
  t.equal(source.names?.('/a/b'), true);
  t.equal(source.names?.('/a'), false);
  t.same(source.reservationFor(subject('/a/b')), entry.reservation);
  t.equal(source.reservationFor(subject('/a')), undefined);
  t.same(source.identityFor?.(subject('/a/b')), { kind: 'cgroup', name: 'victim' });
  t.equal(source.identityFor?.(subject('/a')), undefined);
  byPath.delete('/a/b');
  t.equal(source.names?.('/a/b'), false, 'the map is followed');
});

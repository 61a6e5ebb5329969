/** Reservations of cgroups that whoever starts the reader has made itself. */
import type { Reservation } from '../kernel/sample.ts';
import type { ReservationSource } from './reservation-source.ts';

export interface FixedReservation {
  /** What to call the container. */
  readonly name: string;
  readonly reservation: Reservation;
}

/** Makes each path of the map a container with that name and reservation; later changes of the map count at the next reading. */
export function fixedReservations(byPath: ReadonlyMap<string, FixedReservation>): ReservationSource {
  return {
    names: (path) => byPath.has(path),
    refresh: () => true,
    reservationFor: ({ path }) => byPath.get(path)?.reservation,
    identityFor: ({ path, identity }) => {
      const known = byPath.get(path);
      return known && { ...identity, name: known.name };
    },
  };
}

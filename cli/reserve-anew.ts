/** Recorded samples with other reservations: who forgot to say what is reserved need not record again. Pure. */
import type { ReservationSource } from '../host/reservation-source.ts';
import type { CgroupSample, ContainerRecord, Sample } from '../kernel/sample.ts';

export async function* reserveAnew(
  samples: AsyncIterable<Sample>,
  source: ReservationSource,
): AsyncGenerator<Sample, void, undefined> {
  for await (const sample of samples) yield withReservations(sample, source);
}

/** The sample with what the source says; a container that it does not name keeps what was recorded. */
export function withReservations(sample: Sample, source: ReservationSource): Sample {
  const cgroups = new Map(sample.cgroups.map((cgroup) => [cgroup.path, cgroup]));
  return {
    ...sample,
    containers: sample.containers.map((record) => reserve(record, cgroups.get(record.path), sample, source)),
  };
}

function reserve(
  record: ContainerRecord,
  cgroup: CgroupSample | undefined,
  { host }: Sample,
  source: ReservationSource,
): ContainerRecord {
  const subject = {
    path: record.path,
    identity: record.identity,
    online: host.online,
    ...(cgroup?.quota && { quota: cgroup.quota }),
    ...(cgroup?.allowedCpus && { allowedCpus: cgroup.allowedCpus }),
  };
  const identity = source.identityFor?.(subject) ?? record.identity;
  const reservation = source.reservationFor({ ...subject, identity });
  if (reservation === undefined) return { ...record, identity };
  const { path } = record;
  return reservation.cores > 0 ? { path, identity, reservation } : { path, identity };
}

/** Joins what was discovered and read with what the sources of reservations say. */
import type { CgroupNode } from './cgroup-tree.ts';
import type { DiscoveredContainer } from './container-discovery.ts';
import type { ReservationSource, ReservationSubject } from './reservation-source.ts';
import type { CpuSet } from '../kernel/cpu-set.ts';
import type { CgroupSample, ContainerRecord } from '../kernel/sample.ts';

/** A record of each container that has a sample. */
export function recordContainers(
  containers: readonly DiscoveredContainer[],
  samples: ReadonlyMap<CgroupNode, CgroupSample>,
  reservations: ReservationSource,
  online: CpuSet,
): ContainerRecord[] {
  return containers.flatMap(({ node, identity }) => {
    const sample = samples.get(node);
    if (!sample) return [];
    const { path, quota, allowedCpus } = sample;
    const cgroup = { path, online, ...(quota && { quota }), ...(allowedCpus && { allowedCpus }) };
    return [recordContainer({ ...cgroup, identity }, reservations)];
  });
}

function recordContainer(subject: ReservationSubject, reservations: ReservationSource): ContainerRecord {
  const identity = reservations.identityFor?.(subject) ?? subject.identity;
  const reservation = reservations.reservationFor({ ...subject, identity });
  const isReserved = reservation !== undefined && reservation.cores > 0;
  return { path: subject.path, identity, ...(isReserved && { reservation }) };
}

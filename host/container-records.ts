/** Joins what was discovered and read with what the sources of reservations say. */
import type { CgroupNode } from './cgroup-tree.ts';
import type { DiscoveredContainer } from './container-discovery.ts';
import type { ReservationSource } from './reservation-source.ts';
import type { CpuSet } from '../kernel/cpu-set.ts';
import type { CgroupSample, ContainerRecord, CpuQuota } from '../kernel/sample.ts';

/** A record, and what it was made from: as long as these are the same, so is the record. */
interface KnownRecord {
  readonly discovered: DiscoveredContainer;
  readonly quota: CpuQuota | undefined;
  readonly allowedCpus: CpuSet | undefined;
  readonly online: CpuSet;
  readonly record: ContainerRecord;
}

/** Sources are asked about a container when it is new or its settings are others, not at every tick. */
export class ContainerRecords {
  readonly #reservations: ReservationSource;
  readonly #known = new Map<CgroupNode, KnownRecord>();

  constructor(reservations: ReservationSource) {
    this.#reservations = reservations;
  }

  /** Has the sources asked anew: their answers may have changed. */
  forget(): void {
    this.#known.clear();
  }

  /** A record of each container that has a sample. */
  record(
    containers: readonly DiscoveredContainer[],
    samples: ReadonlyMap<CgroupNode, CgroupSample>,
    online: CpuSet,
  ): ContainerRecord[] {
    const records: ContainerRecord[] = [];
    for (const discovered of containers) {
      const { node } = discovered;
      const sample = samples.get(node);
      if (!sample) continue;
      let known = this.#known.get(node);
      if (!known || !isCurrent(known, discovered, sample, online)) {
        known = this.#ask(discovered, sample, online);
        this.#known.set(node, known);
      }
      records.push(known.record);
    }
    if (this.#known.size > records.length) this.#dropOthers(samples);
    return records;
  }

  #dropOthers(samples: ReadonlyMap<CgroupNode, CgroupSample>): void {
    for (const node of this.#known.keys()) if (!samples.has(node)) this.#known.delete(node);
  }

  #ask(discovered: DiscoveredContainer, { quota, allowedCpus }: CgroupSample, online: CpuSet): KnownRecord {
    const { path } = discovered.node;
    const cgroup = { path, online, ...(quota && { quota }), ...(allowedCpus && { allowedCpus }) };
    const subject = { ...cgroup, identity: discovered.identity };
    const identity = this.#reservations.identityFor?.(subject) ?? subject.identity;
    const reservation = this.#reservations.reservationFor({ ...subject, identity });
    const isReserved = reservation !== undefined && reservation.cores > 0;
    const record = { path, identity, ...(isReserved && { reservation }) };
    return { discovered, quota, allowedCpus, online, record };
  }
}

/** What was parsed from the same text is the same value, so identity tells. */
function isCurrent(
  known: KnownRecord,
  discovered: DiscoveredContainer,
  { quota, allowedCpus }: CgroupSample,
  online: CpuSet,
): boolean {
  return (
    known.discovered === discovered &&
    known.quota === quota &&
    known.allowedCpus === allowedCpus &&
    known.online === online
  );
}

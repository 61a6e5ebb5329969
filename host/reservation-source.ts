/** Who says what is reserved. Several sources may know; the first that answers is believed. */
import type {
  CgroupSample,
  ContainerIdentity,
  ContainerKind,
  CpuQuota,
  Reservation,
} from '../kernel/sample.ts';
import type { CpuSet } from '../kernel/cpu-set.ts';
import { quotaCores } from '../kernel/cpu-max.ts';

/** What a source may look at: a container's cgroup as it stands. */
export interface ReservationSubject {
  readonly path: string;
  readonly identity: ContainerIdentity;
  readonly quota?: CgroupSample['quota'];
  readonly allowedCpus?: CpuSet;
  /** All CPUs of the host that are online. */
  readonly online: CpuSet;
}

export interface ReservationSource {
  /** Undefined: this source does not say. Zero cores: it says that nothing is reserved. */
  reservationFor(subject: ReservationSubject): Reservation | undefined;
  /** What else the source knows about the container: a better name, its pod. */
  identityFor?(subject: ReservationSubject): ContainerIdentity | undefined;
  /** True when the source names this cgroup as a container of its own, whatever its path looks like. */
  names?(path: string): boolean;
  /**
   * Called once per tick; true when answers may have changed. Throws when it cannot tell: the old answers hold. A source
   * without it answers the same subject the same way each time.
   */
  refresh?(): boolean;
}

/** Believes the first source that answers; of identities, each source refines what those before it said. */
export function firstOf(sources: readonly ReservationSource[]): ReservationSource {
  return {
    reservationFor: (subject) => {
      for (const source of sources) {
        const reservation = source.reservationFor(subject);
        if (reservation) return reservation;
      }
      return undefined;
    },
    identityFor: (subject) =>
      sources.reduce(
        (identity, source) => source.identityFor?.({ ...subject, identity }) ?? identity,
        subject.identity,
      ),
    names: (path) => sources.some((source) => source.names?.(path) ?? false),
    refresh: refreshAll(sources),
  };
}

/** Refreshes each source, also after one failed; a change seen beside a failure is told once the failure is over. */
function refreshAll(sources: readonly ReservationSource[]): () => boolean {
  let hasChanged = false;
  return () => {
    let failure: unknown;
    for (const source of sources) {
      try {
        hasChanged = (source.refresh?.() ?? false) || hasChanged;
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure instanceof Error) throw failure;
    const result = hasChanged;
    hasChanged = false;
    return result;
  };
}

const kindsWithLimit: ReadonlySet<ContainerKind> = new Set([
  'docker',
  'podman',
  'containerd',
  'cri-o',
  'apptainer',
]);

/**
 * Reservations that the cgroup itself states. A CPU limit is not a reservation: it says what a container gets at most,
 * not what it gets at least. Where nobody states a reservation, the limit is the only number its owner chose, and is
 * taken for one; the source says so. A Slurm job's cpuset is its allocation, which is a reservation.
 */
export const cgroupLimits: ReservationSource = {
  reservationFor: ({ identity, quota, allowedCpus, online }) => {
    if (identity.kind === 'slurm') return slurmAllocation(allowedCpus, online) ?? limitOf(quota, identity);
    return kindsWithLimit.has(identity.kind) ? limitOf(quota, identity) : undefined;
  },
};

function slurmAllocation(allowed: CpuSet | undefined, online: CpuSet): Reservation | undefined {
  if (!allowed || allowed.cpus.length === 0 || allowed.cpus.length >= online.cpus.length) return undefined;
  return { cores: allowed.cpus.length, source: 'cpuset of the Slurm job: the CPUs allocated to it' };
}

function limitOf(quota: CpuQuota | undefined, { kind }: ContainerIdentity): Reservation | undefined {
  const cores = quota && quotaCores(quota);
  if (cores === undefined) return undefined;
  return { cores, source: `CPU quota of the ${kind} cgroup: a limit, taken for a reservation` };
}

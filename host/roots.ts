/**
 * Where the host's pseudo file systems are. They are parameters, so that the real host, a container's view of it
 * (`/host/proc`), a captured host and a fake tree all go through the same code.
 */
export interface HostRoots {
  readonly proc: string;
  readonly sys: string;
  /** The folder that holds the cgroup hierarchies: on v2 the hierarchy itself, on v1 one folder per controller. */
  readonly cgroup: string;
}

export const defaultRoots: HostRoots = { proc: '/proc', sys: '/sys', cgroup: '/sys/fs/cgroup' };

/** Which cgroup of a container's path is its pod. */
import { identifyCgroup } from '../../kernel/cgroup-path.ts';

/** Path of the pod's cgroup; undefined where the container is in no pod, or its cgroup is the pod's as well. */
export function podOfPath(containerPath: string): string | undefined {
  const identity = identifyCgroup(containerPath);
  const name = containerPath.slice(containerPath.lastIndexOf('/') + 1);
  // With mixed drivers the pod's slice and the container are one folder, `<slice>:<runtime>:<id>`.
  if (identity?.kind !== 'kubernetes' || name.includes(':')) return undefined;
  return containerPath.slice(0, containerPath.lastIndexOf('/'));
}

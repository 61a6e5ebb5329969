/**
 * What the path of a cgroup says about who lives there. Paths are below the cgroup root, the same in every hierarchy:
 *
 *     /kubepods/burstable/pod2d7c...-.../3a5f...                               kubelet, cgroupfs driver
 *     /kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod2d7c..._....slice/cri-containerd-3a5f....scope
 *     /docker/3a5f...            /system.slice/docker-3a5f....scope            Docker, either driver
 *     /machine.slice/libpod-3a5f....scope/container                            Podman: the scope counts
 *     /default/web               /k8s.io/3a5f...   /system.slice/nerdctl-3a5f....scope      containerd: ctr, crictl, nerdctl
 *     /system.slice/crio-3a5f....scope                                         CRI-O outside of a pod
 *     /system.slice/nginx.service   /user.slice/user-1000.slice/user@1000.service/app.slice/web.service     systemd
 *     /slurm/uid_1000/job_123/step_0/task_0                                    Slurm on v1
 *     /system.slice/slurmstepd.scope/job_123/step_0/user/task_0                Slurm on v2
 *     /apptainer/4711            /system.slice/apptainer-4711.scope            Apptainer with limits
 *
 * Exactly one level of a path counts:
 * 1. The outermost cgroup that is a workload. What a container or service makes below itself (systemd in a container,
 *    Docker in Docker, `container` below Podman's scope, the steps and tasks of a Slurm job) is part of it.
 * 2. Except for a kubelet: the containers of its pods count wherever the kubelet runs (a kind node is a Docker
 *    container, rootless k3s a service). The innermost kubelet wins, and whatever encloses such a pod is its host, not
 *    a container of its own. A path cannot say that of itself, so whoever knows the tree drops an identified cgroup
 *    that has an identified cgroup below it.
 *
 * A pod's sandbox (`pause`) has the path of a container and counts as one: only the runtime knows better.
 *
 * A Slurm *job* counts, not its steps: the allocation belongs to the job, and its steps share it. Pods, QoS classes
 * and slices hold containers and do not count. `crio-conmon-`, `libpod-conmon-` and session scopes are no containers.
 *
 * Sources: kubernetes pkg/kubelet/cm (cgroup_manager_linux.go, pod_container_manager_linux.go); containerd
 * internal/cri/server/helpers.go and oci/spec_opts.go; cri-o internal/config/cgmgr; moby daemon/oci_linux.go; podman
 * libpod/container_internal_linux.go; systemd.unit(5) for escapes; slurm src/plugins/cgroup; apptainer
 * internal/pkg/cgroups/manager_linux.go.
 */
import { identifyPodContainer, shortId } from './pod-cgroup-path.ts';
import type { ContainerIdentity } from './sample.ts';

/** Who the cgroup is, when it is the level that counts; undefined for every other path, and for any other text. */
export function identifyCgroup(path: string): ContainerIdentity | undefined {
  if (!path.startsWith('/')) return undefined;
  const segments = path.slice(1).split('/');
  const last = segments.length - 1;
  for (let at = last; at >= 0; at -= 1) {
    const identity = identifyPodContainer(segments, at);
    if (identity) return at === last ? identity : undefined;
  }
  for (let at = 0; at <= last; at += 1) {
    const identity = identifyWorkload(segments, at);
    if (identity) return at === last ? identity : undefined;
  }
  return undefined;
}

type Runtime = NonNullable<ContainerIdentity['runtime']>;

/** One way to name a workload: matched against the last segment, with the path above it where that matters. */
interface WorkloadName {
  readonly segment: RegExp;
  readonly above?: RegExp;
  readonly identify: (captured: string) => ContainerIdentity;
}

const workloadNames: readonly WorkloadName[] = [
  { segment: /^docker-([0-9a-f]{12,64})\.scope$/, identify: runtimeContainer('docker', 'docker') },
  { segment: /^([0-9a-f]{64})$/, above: /(^|\/)docker$/, identify: runtimeContainer('docker', 'docker') },
  { segment: /^([0-9a-f]{64})$/, above: /^\/ecs\/[^/]+$/, identify: runtimeContainer('docker', 'docker') },
  { segment: /^libpod-([0-9a-f]{12,64})(?:\.scope)?$/, identify: runtimeContainer('podman', 'podman') },
  { segment: /^crio-([0-9a-f]{12,64})(?:\.scope)?$/, identify: runtimeContainer('cri-o', 'cri-o') },
  {
    segment: /^(?:cri-containerd|nerdctl)-([0-9a-f]{12,64})\.scope$/,
    identify: runtimeContainer('containerd', 'containerd'),
  },
  {
    segment: /^([0-9a-f]{64})$/,
    above: /^\/[A-Za-z0-9][A-Za-z0-9._-]*$/, // containerd's default path is /<namespace>/<id>
    identify: runtimeContainer('containerd', 'containerd'),
  },
  {
    segment: /^([A-Za-z0-9][A-Za-z0-9._-]*)$/,
    above: /^\/(?:default|k8s\.io|moby|buildkit)$/, // ctr lets a person choose the id
    identify: (name) => ({ kind: 'containerd', name, containerId: name, runtime: 'containerd' }),
  },
  {
    segment: /^(job_[0-9]+)$/,
    above: /^\/slurm(?:_[^/]+)?\/uid_[0-9]+$|\/(?:[^/]+_)?slurmstepd\.scope$/,
    identify: (name) => ({ kind: 'slurm', name }),
  },
  {
    segment: /^((?:apptainer|singularity)-[0-9]+)\.scope$/,
    identify: (name) => ({ kind: 'apptainer', name }),
  },
  {
    segment: /^([0-9]+)$/,
    above: /^\/(?:apptainer|singularity)$/,
    identify: (pid) => ({ kind: 'apptainer', name: `apptainer-${pid}` }),
  },
  // user@1000.service is the user's own systemd: its services are the workloads.
  {
    segment: /^(?!user@[0-9]+\.service$)(.+\.service)$/,
    above: /^$|\.slice$|\/user@[0-9]+\.service$/,
    identify: (unit) => ({ kind: 'systemd', name: unescapeUnit(unit) }),
  },
];

function identifyWorkload(segments: readonly string[], at: number): ContainerIdentity | undefined {
  const segment = segments[at] ?? '';
  const above = at === 0 ? '' : `/${segments.slice(0, at).join('/')}`;
  for (const name of workloadNames) {
    const captured = name.segment.exec(segment)?.[1];
    if (captured !== undefined && (!name.above || name.above.test(above))) return name.identify(captured);
  }
  return undefined;
}

function runtimeContainer(
  kind: ContainerIdentity['kind'],
  runtime: Runtime,
): (containerId: string) => ContainerIdentity {
  return (containerId) => ({ kind, name: shortId(containerId), containerId, runtime });
}

/** `dev-disk-by\x2dlabel.service` is `dev-disk-by-label.service` (systemd.unit, "String Escaping for Inclusion in Unit Names"). */
function unescapeUnit(unit: string): string {
  return unit.replace(/(?:\\x[0-9a-f]{2})+/g, (escaped) => {
    try {
      return decodeURIComponent(escaped.replaceAll('\\x', '%'));
    } catch {
      return escaped; // bytes that are not UTF-8 stay as they stand in the path
    }
  });
}

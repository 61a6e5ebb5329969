/**
 * Containers of Kubernetes pods, by the names that the kubelet gives to pods and the runtimes to containers. Wherever
 * the kubelet runs, a pod is below a folder `kubepods`, or a slice whose name ends so:
 *
 *     kubepods/pod<uid>/<id>                             cgroupfs driver, Guaranteed
 *     kubepods/burstable/pod<uid>/crio-<id>              Burstable; BestEffort likewise
 *     kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod<u_i_d>.slice/cri-containerd-<id>.scope
 *     kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod<u_i_d>.slice/crio-<id>.scope      in kind
 *
 * Sources: kubernetes pkg/kubelet/cm (cgroup_manager_linux.go, pod_container_manager_linux.go).
 */
import type { ContainerIdentity } from './sample.ts';

type Runtime = NonNullable<ContainerIdentity['runtime']>;
type QosClass = NonNullable<ContainerIdentity['qosClass']>;

interface Pod {
  readonly uid: string;
  readonly qosClass: QosClass;
}

interface RuntimeContainer {
  readonly containerId: string;
  readonly runtime: Runtime | undefined;
}

const qosOfName: Readonly<Partial<Record<string, QosClass>>> = {
  burstable: 'Burstable',
  besteffort: 'BestEffort',
};

/** `pod<uid>` of the cgroupfs driver, below `kubepods` or a QoS class of it. A static pod's uid is a hash. */
const cgroupfsPod = /^pod([0-9a-zA-Z-]+)$/;
const cgroupfsPodParent = /(?:^|\/)kubepods(?:\/(burstable|besteffort))?$/;

/** A pod's slice; the kubelet's own --cgroup-root comes before `kubepods`; `-` of the uid is `_`. */
const systemdPod = /^(?:.+-)?kubepods(?:-(burstable|besteffort))?-pod([0-9a-zA-Z_]+)\.slice$/;

/** With a systemd kubelet and a cgroupfs runtime, the pod's slice and the container become one folder name. */
const mixedDrivers = /^(.+-pod[0-9a-zA-Z_]+\.slice):(cri-containerd|crio|docker):([0-9a-f]{12,64})$/;

const podContainerNames: readonly (readonly [pattern: RegExp, runtime: Runtime | undefined])[] = [
  [/^cri-containerd-([0-9a-f]{12,64})\.scope$/, 'containerd'],
  [/^crio-([0-9a-f]{12,64})(?:\.scope)?$/, 'cri-o'],
  [/^docker-([0-9a-f]{12,64})\.scope$/, 'docker'],
  [/^([0-9a-f]{64})$/, undefined],
];

/** Who lives in the cgroup of segments 0 to `at`, when that is a container directly in a kubelet's pod. */
export function identifyPodContainer(segments: readonly string[], at: number): ContainerIdentity | undefined {
  const segment = segments[at] ?? '';
  const [, slice, prefix, id] = mixedDrivers.exec(segment) ?? [];
  const found = containerIdOf(slice === undefined ? segment : `${prefix}-${id}.scope`);
  const pod = found && podOf(segments.slice(0, at), slice ?? segments[at - 1] ?? '');
  if (!pod) return undefined;
  return {
    kind: 'kubernetes',
    name: `${pod.uid.slice(0, 8)}/${shortId(found.containerId)}`,
    podUid: pod.uid,
    containerId: found.containerId,
    qosClass: pod.qosClass,
    ...(found.runtime && { runtime: found.runtime }),
  };
}

function podOf(above: readonly string[], name: string): Pod | undefined {
  const [, systemdClass, systemdUid] = systemdPod.exec(name) ?? [];
  if (systemdUid !== undefined) {
    return { uid: systemdUid.replaceAll('_', '-'), qosClass: qosClassOf(systemdClass) };
  }
  const uid = cgroupfsPod.exec(name)?.[1];
  const parent = uid === undefined ? null : cgroupfsPodParent.exec(above.slice(0, -1).join('/'));
  return uid !== undefined && parent ? { uid, qosClass: qosClassOf(parent[1]) } : undefined;
}

function qosClassOf(name: string | undefined): QosClass {
  return qosOfName[name ?? ''] ?? 'Guaranteed';
}

function containerIdOf(segment: string): RuntimeContainer | undefined {
  for (const [pattern, runtime] of podContainerNames) {
    const containerId = pattern.exec(segment)?.[1];
    if (containerId !== undefined) return { containerId, runtime };
  }
  return undefined;
}

/** The first twelve digits, as the runtimes' own commands show. */
export function shortId(containerId: string): string {
  return containerId.slice(0, 12);
}

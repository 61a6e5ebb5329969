/**
 * The cgroups that the kubelet would make for the pods of a scenario, with the weights and quotas that it would write at
 * every level (kubernetes pkg/kubelet/cm: qos_container_manager_linux.go, helpers_linux.go):
 *
 *     <machine>                 around the scene: see machineCores
 *     <root>                    weight of all allocatable CPUs
 *       pod-a/main              Guaranteed: request = limit
 *       burstable               weight of the sum of the requests below
 *         pod-b/main            pod and container: weight of the request, quota of the limit
 *       besteffort              the least weight
 *         pod-c/main
 */
import type { CgroupSettings } from '../../host/cgroup-settings.ts';
import { cpuSetSize, type CpuSet } from '../../kernel/cpu-set.ts';
import {
  sharesFromCores,
  weightFromSharesLinear,
  weightFromSharesQuadratic,
} from '../../kernel/cpu-weight.ts';
import type { CgroupVersion, CpuQuota, CpuWeight } from '../../kernel/sample.ts';
import { requestedCores, type PodSpec } from './scenario.ts';

export interface PlannedGroup {
  /** Below the root of the scene: `burstable/pod-victim/main`. */
  readonly path: string;
  readonly settings: CgroupSettings;
  /** Whether it has children, which on v2 need the controllers. */
  readonly isParent: boolean;
}

export interface PlacedPod {
  readonly name: string;
  readonly cores: number;
  /** In force at its pod and container level. */
  readonly quotaCores?: number;
  /** Its cgroups from the QoS class, or the pod, down to the container. */
  readonly groups: readonly string[];
}

export interface PodTree {
  /** Of the cgroup around all of it, which stands for a machine. */
  readonly machineSettings: CgroupSettings;
  readonly rootSettings: CgroupSettings;
  /** Parents before children. */
  readonly groups: readonly PlannedGroup[];
  /** In the order of the pods given. */
  readonly pods: readonly PlacedPod[];
}

const periodUsec = 100_000;

/**
 * What the scene weighs against processes of this host: as the pods of a node of 32 CPUs would, so that a stray process
 * takes 3 % of a CPU where it would take a third beside two CPUs' worth of pods.
 */
const machineCores = 32;

export function planPodTree(pods: readonly PodSpec[], allowedCpus: CpuSet, version: CgroupVersion): PodTree {
  const cpus = cpuSetSize(allowedCpus);
  const coresOf = (pod: PodSpec): number => requestedCores(pod, cpus);
  const group = (path: string, cores: number, isParent: boolean, pod?: PodSpec): PlannedGroup => ({
    path,
    isParent,
    settings: {
      weight: weightOf(version, cores, isParent),
      allowedCpus,
      ...(pod?.limit === 'request' && { quota: quotaOf(cores) }),
    },
  });
  const classes = (['burstable', 'besteffort'] as const).flatMap((name) => {
    const members = pods.filter((pod) => classOf(pod) === name);
    const cores = members.reduce((sum, pod) => sum + coresOf(pod), 0);
    return members.length === 0 ? [] : [group(name, cores, true)];
  });
  const podGroups = pods.flatMap((pod) => [
    group(podPath(pod), coresOf(pod), true, pod),
    group(`${podPath(pod)}/main`, coresOf(pod), false, pod),
  ]);
  return {
    machineSettings: { weight: weightOf(version, machineCores, true), allowedCpus },
    rootSettings: { weight: weightOf(version, cpus, true), allowedCpus },
    groups: [...classes, ...podGroups],
    pods: pods.map((pod) => ({
      name: pod.name,
      cores: coresOf(pod),
      groups: levelsOf(`${podPath(pod)}/main`),
      ...(pod.limit === 'request' && { quotaCores: coresOf(pod) }),
    })),
  };
}

function classOf(pod: PodSpec): 'guaranteed' | 'burstable' | 'besteffort' {
  if (pod.requestShare === 0) return 'besteffort';
  return pod.limit === 'request' ? 'guaranteed' : 'burstable';
}

function podPath(pod: PodSpec): string {
  const qosClass = classOf(pod);
  return qosClass === 'guaranteed' ? `pod-${pod.name}` : `${qosClass}/pod-${pod.name}`;
}

/** `a/b/c` -> a, a/b, a/b/c */
function levelsOf(path: string): readonly string[] {
  const names = path.split('/');
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

/** On v2 the kubelet converts linearly for the levels that it writes, and the runtime by its curve for the container. */
function weightOf(version: CgroupVersion, cores: number, isKubelets: boolean): CpuWeight {
  const shares = sharesFromCores(cores);
  if (version !== 'v2') return { kind: 'shares', shares };
  const weight = isKubelets ? weightFromSharesLinear(shares) : weightFromSharesQuadratic(shares);
  return { kind: 'weight', weight };
}

function quotaOf(cores: number): CpuQuota {
  return { quotaUsec: Math.round(cores * periodUsec), periodUsec };
}

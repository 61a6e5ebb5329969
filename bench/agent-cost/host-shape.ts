/**
 * The layout of a host that does not exist: a cgroup v2 tree as the kubelet's systemd driver makes it, and the threads
 * in it. Names depend on nothing but the size, so two runs read the same paths.
 */

export interface HostSize {
  readonly pods: number;
  readonly containers: number;
  readonly threads: number;
  readonly cpus: number;
}

export interface ContainerShape {
  /** Below the cgroup root. */
  readonly path: string;
  /** Ascending; numbers below the proc root. */
  readonly tids: readonly number[];
}

export interface HostShape {
  readonly size: HostSize;
  /** Slices and pods: every cgroup that holds containers or slices, parents first. */
  readonly slices: readonly string[];
  readonly containers: readonly ContainerShape[];
}

/** A small edge host, a node at the kubelet's default of 110 pods, and a large node. */
export const hostSizes: readonly HostSize[] = [
  { pods: 10, containers: 50, threads: 500, cpus: 8 },
  { pods: 110, containers: 250, threads: 5000, cpus: 64 },
  { pods: 250, containers: 600, threads: 20_000, cpus: 128 },
];

const firstTid = 1000;
const kubepods = '/kubepods.slice';
/** Guaranteed pods stand directly below kubepods.slice. */
const qosClasses = ['', 'burstable', 'besteffort'] as const;

/** Containers are dealt out to pods, and threads to containers, as evenly as whole numbers allow. */
export function layOutHost(size: HostSize): HostShape {
  const pods = Array.from({ length: size.pods }, (_, pod) => podSlice(pod));
  const qosSlices = qosClasses.filter((qos) => qos !== '').map((qos) => `${kubepods}/kubepods-${qos}.slice`);
  const containers = Array.from({ length: size.containers }, (_, index) => ({
    path: `${pods[index % size.pods] ?? kubepods}/cri-containerd-${hexName(index)}.scope`,
    tids: tidsOf(index, size),
  }));
  return { size, slices: [kubepods, ...qosSlices, ...pods], containers };
}

/** "110/250/5,000": pods, containers, threads. */
export function formatSize({ pods, containers, threads }: HostSize): string {
  return [pods, containers, threads].map((count) => count.toLocaleString('en-US')).join('/');
}

function podSlice(pod: number): string {
  const qos = qosClasses[pod % qosClasses.length] ?? '';
  const parent = qos === '' ? 'kubepods' : `kubepods-${qos}`;
  const folder = qos === '' ? kubepods : `${kubepods}/${parent}.slice`;
  return `${folder}/${parent}-pod${podUid(pod)}.slice`;
}

/** A pod's uid with `_` for `-`, as systemd has it. */
function podUid(pod: number): string {
  return `6f1c2a4e_0b7d_4c3a_9e58_${pod.toString(16).padStart(12, '0')}`;
}

/** 64 hexadecimal digits, as a container runtime names containers. */
function hexName(index: number): string {
  return index.toString(16).padStart(8, '0').repeat(8);
}

function tidsOf(index: number, { containers, threads }: HostSize): readonly number[] {
  const from = Math.floor((index * threads) / containers);
  const to = Math.floor(((index + 1) * threads) / containers);
  return Array.from({ length: to - from }, (_, i) => firstTid + from + i);
}

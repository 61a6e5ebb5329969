/**
 * Which logical CPUs share what. From sysfs (Documentation/ABI/stable/sysfs-devices-system-cpu, .../sysfs-devices-node,
 * admin-guide/cputopology.rst), all CPU numbers in the list format of cpu-set.ts:
 *
 *     /sys/devices/system/cpu/online                            0-7
 *     /sys/devices/system/cpu/isolated                          6-7 (isolcpus=)
 *     /sys/devices/system/cpu/cpu2/topology/physical_package_id 0
 *     /sys/devices/system/cpu/cpu2/topology/thread_siblings_list  2,6
 *     /sys/devices/system/cpu/cpu2/cache/index3/level           3
 *     /sys/devices/system/cpu/cpu2/cache/index3/type            Unified
 *     /sys/devices/system/cpu/cpu2/cache/index3/shared_cpu_list 0-7
 *     /sys/devices/system/node/node0/cpulist                    0-7
 *
 * An offline CPU has no topology and no caches, and is in no list but `offline`. Virtual machines may lack caches or
 * NUMA nodes; those are absent, nothing is made up for them. A package id of -1 means that the firmware does not say.
 */
import {
  cpuSetDifference,
  cpuSetHas,
  cpuSetIntersection,
  cpuSetOf,
  emptyCpuSet,
  formatCpuSet,
  parseCpuSet,
  type CpuSet,
} from './cpu-set.ts';
import { parseWhole } from './decimal.ts';
import { onlyLine } from './lines.ts';

/** The text of one file, with its path for errors; undefined when the file is absent. */
export type FileText = { readonly path: string; readonly text: string } | undefined;

export interface RawTopology {
  readonly online: FileText;
  readonly present: FileText;
  readonly isolated: FileText;
  readonly cpus: readonly RawCpu[];
  readonly nodes: readonly RawNode[];
}

export interface RawCpu {
  readonly cpu: number;
  readonly packageId: FileText;
  readonly threadSiblings: FileText;
  readonly caches: readonly RawCache[];
}

export interface RawCache {
  readonly level: FileText;
  readonly type: FileText;
  readonly sharedCpus: FileText;
}

export interface RawNode {
  readonly node: number;
  readonly cpus: FileText;
}

export interface Topology {
  readonly online: CpuSet;
  /** Present but not online. */
  readonly offline: CpuSet;
  /** Taken out of the load balancer by isolcpus=. */
  readonly isolated: CpuSet;
  /** Online CPUs of each group, groups in the order of their first CPU. */
  readonly sockets: readonly CpuGroup[];
  /** Empty when the host does not say. */
  readonly numaNodes: readonly CpuGroup[];
  /** CPUs that share the cache of the highest level. Empty when the host does not say. */
  readonly lastLevelCaches: readonly CpuGroup[];
  /** CPUs that are threads of one core. */
  readonly cores: readonly CpuGroup[];
}

export interface CpuGroup {
  /** The kernel's number of the socket or node; for caches and cores their lowest CPU. */
  readonly id: number;
  readonly cpus: CpuSet;
}

/** What the files say together. Throws KernelTextError. */
export function deriveTopology(raw: RawTopology): Topology {
  const online = cpusOf(raw.online) ?? cpuSetOf(raw.cpus.map(({ cpu }) => cpu));
  const cpus = raw.cpus.filter(({ cpu }) => cpuSetHas(online, cpu));
  const present = cpusOf(raw.present) ?? online;
  return {
    online,
    offline: cpuSetDifference(present, online),
    isolated: cpusOf(raw.isolated) ?? emptyCpuSet,
    sockets: deriveSockets(cpus),
    numaNodes: deriveNumaNodes(raw.nodes, online),
    lastLevelCaches: deriveSharing(cpus, lastLevelCacheOf, online),
    cores: deriveSharing(cpus, (cpu) => cpusOf(cpu.threadSiblings) ?? cpuSetOf([cpu.cpu]), online),
  };
}

/** The group that holds the CPU; undefined when none does. */
export function groupOf(groups: readonly CpuGroup[], cpu: number): CpuGroup | undefined {
  return groups.find(({ cpus }) => cpuSetHas(cpus, cpu));
}

function deriveSockets(cpus: readonly RawCpu[]): CpuGroup[] {
  const members = new Map<number, number[]>();
  for (const { cpu, packageId } of cpus) {
    // One socket is what a machine that does not say has for sure.
    const id = packageIdOf(packageId) ?? 0;
    members.set(id, [...(members.get(id) ?? []), cpu]);
  }
  return inOrder([...members].map(([id, numbers]) => ({ id, cpus: cpuSetOf(numbers) })));
}

function packageIdOf(file: FileText): number | undefined {
  if (!file || onlyLine(file.text) === '-1') return undefined;
  return parseWhole(onlyLine(file.text), file.path, 1);
}

/** A node with memory and no CPU is no place to run, and is left out. */
function deriveNumaNodes(nodes: readonly RawNode[], online: CpuSet): CpuGroup[] {
  const groups = nodes.map(({ node, cpus }) => ({
    id: node,
    cpus: cpuSetIntersection(cpusOf(cpus) ?? emptyCpuSet, online),
  }));
  return inOrder(groups.filter(({ cpus }) => cpus.cpus.length > 0));
}

function lastLevelCacheOf({ caches }: RawCpu): CpuSet | undefined {
  let last: { readonly level: number; readonly cpus: CpuSet } | undefined;
  for (const { level, type, sharedCpus } of caches) {
    const cpus = cpusOf(sharedCpus);
    if (!level || !cpus || onlyLine(type?.text ?? '') === 'Instruction') continue;
    const number = parseWhole(onlyLine(level.text), level.path, 1);
    if (!last || number > last.level) last = { level: number, cpus };
  }
  return last?.cpus;
}

/** Groups of CPUs that name the same set to share with. */
function deriveSharing(
  cpus: readonly RawCpu[],
  sharedBy: (cpu: RawCpu) => CpuSet | undefined,
  online: CpuSet,
): CpuGroup[] {
  const groups = new Map<string, CpuGroup>();
  for (const cpu of cpus) {
    const set = cpuSetIntersection(sharedBy(cpu) ?? emptyCpuSet, online);
    const [id] = set.cpus;
    if (id !== undefined) groups.set(formatCpuSet(set), { id, cpus: set });
  }
  return inOrder([...groups.values()]);
}

function cpusOf(file: FileText): CpuSet | undefined {
  return file && parseCpuSet(file.text, file.path);
}

function inOrder(groups: readonly CpuGroup[]): CpuGroup[] {
  return groups.toSorted((a, b) => (a.cpus.cpus[0] ?? 0) - (b.cpus.cpus[0] ?? 0));
}

import { cpuSetSize, formatCpuSet } from '../../kernel/cpu-set.ts';
import type { Topology } from '../../kernel/topology.ts';
import { counted } from '../render/words.ts';

/** `8 CPUs (0-7): 1 socket, 2 NUMA nodes, 2 last-level caches, 4 cores with 2 threads each`; what is unknown is left out. */
export function describeTopology(topology: Topology): string {
  const { online, offline, isolated, sockets, numaNodes, lastLevelCaches, cores } = topology;
  const widest = Math.max(0, ...cores.map(({ cpus }) => cpuSetSize(cpus)));
  const parts = [
    ...(sockets.length > 0 ? [counted(sockets.length, 'socket')] : []),
    ...(numaNodes.length > 0 ? [counted(numaNodes.length, 'NUMA node')] : []),
    ...(lastLevelCaches.length > 0 ? [counted(lastLevelCaches.length, 'last-level cache')] : []),
    ...(cores.length > 0
      ? [`${counted(cores.length, 'core')}${widest > 1 ? ` with ${widest} threads each` : ''}`]
      : []),
    ...(cpuSetSize(offline) > 0 ? [`CPUs ${formatCpuSet(offline)} off line`] : []),
    ...(cpuSetSize(isolated) > 0 ? [`CPUs ${formatCpuSet(isolated)} isolated`] : []),
  ];
  const all = `${counted(cpuSetSize(online), 'CPU')} (${formatCpuSet(online)})`;
  return parts.length === 0 ? all : `${all}: ${parts.join(', ')}`;
}

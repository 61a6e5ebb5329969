/** Machines for tests of what depends on the topology, made by the same parser as real ones. */
import { cpuSetOf } from '../../kernel/cpu-set.ts';
import type { CpuGroup, Topology } from '../../kernel/topology.ts';

export interface MachineShape {
  readonly sockets: number;
  readonly numaPerSocket?: number;
  readonly cachesPerNuma?: number;
  readonly coresPerCache: number;
  readonly threadsPerCore: number;
}

/** CPU numbers as Linux gives them: first one thread of every core, then the second threads. */
export function machineOf(shape: MachineShape): Topology {
  const { sockets, numaPerSocket = 1, cachesPerNuma = 1, coresPerCache, threadsPerCore } = shape;
  const coreCount = sockets * numaPerSocket * cachesPerNuma * coresPerCache;
  const groups = (groupCount: number): CpuGroup[] =>
    Array.from({ length: groupCount }, (_, id) => {
      const size = coreCount / groupCount;
      const cores = Array.from({ length: size }, (_, i) => id * size + i);
      return {
        id,
        cpus: cpuSetOf(
          cores.flatMap((core) => Array.from({ length: threadsPerCore }, (_, t) => core + t * coreCount)),
        ),
      };
    });
  const byFirstCpu = (groups: CpuGroup[]): CpuGroup[] =>
    groups.map(({ cpus }) => ({ id: cpus.cpus[0] ?? 0, cpus }));
  return {
    online: cpuSetOf(Array.from({ length: coreCount * threadsPerCore }, (_, cpu) => cpu)),
    offline: cpuSetOf([]),
    isolated: cpuSetOf([]),
    sockets: groups(sockets),
    numaNodes: groups(sockets * numaPerSocket),
    lastLevelCaches: byFirstCpu(groups(sockets * numaPerSocket * cachesPerNuma)),
    cores: byFirstCpu(groups(coreCount)),
  };
}

/** Two CPUs that share everything, and say nothing of caches: a small virtual machine. */
export const twoCpus: Topology = {
  ...machineOf({ sockets: 1, coresPerCache: 2, threadsPerCore: 1 }),
  numaNodes: [],
  lastLevelCaches: [],
};
/** 16 CPUs: 2 sockets that are a NUMA node each, of 4 cores with 2 threads: core n is CPUs n and n + 8. */
export const twoSockets = machineOf({ sockets: 2, coresPerCache: 4, threadsPerCore: 2 });
/** 64 CPUs: 1 socket of 8 last-level caches, 4 cores with 2 threads below each: core n is CPUs n and n + 32. */
export const eightCaches = machineOf({ sockets: 1, cachesPerNuma: 8, coresPerCache: 4, threadsPerCore: 2 });
/** 256 CPUs: 2 sockets of 4 NUMA nodes of 2 caches of 8 cores with 2 threads. */
export const large = machineOf({
  sockets: 2,
  numaPerSocket: 4,
  cachesPerNuma: 2,
  coresPerCache: 8,
  threadsPerCore: 2,
});

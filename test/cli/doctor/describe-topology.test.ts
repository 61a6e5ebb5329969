import t from 'tap';
import { describeTopology } from '../../../cli/doctor/describe-topology.ts';
import { cpuSetOf, emptyCpuSet } from '../../../kernel/cpu-set.ts';
import type { Topology } from '../../../kernel/topology.ts';

const group = (id: number, ...cpus: number[]) => ({ id, cpus: cpuSetOf(cpus) });
const bare: Topology = {
  online: cpuSetOf([0, 1]),
  offline: emptyCpuSet,
  isolated: emptyCpuSet,
  sockets: [],
  numaNodes: [],
  lastLevelCaches: [],
  cores: [],
};

t.test('what is known is said, what is not is left out', async (t) => {
  t.equal(describeTopology(bare), '2 CPUs (0-1)');
  t.equal(
    describeTopology({
      online: cpuSetOf([0, 1, 2, 3]),
      offline: cpuSetOf([4]),
      isolated: cpuSetOf([3]),
      sockets: [group(0, 0, 1, 2, 3)],
      numaNodes: [group(0, 0, 1), group(1, 2, 3)],
      lastLevelCaches: [group(0, 0, 1, 2, 3)],
      cores: [group(0, 0, 2), group(1, 1, 3)],
    }),
    '4 CPUs (0-3): 1 socket, 2 NUMA nodes, 1 last-level cache, 2 cores with 2 threads each, CPUs 4 off line, CPUs 3 isolated',
  );
});

/** A node of any size, with pods that a policy wants moved: what the planner is measured on. */
import { cpuSetOf, emptyCpuSet, type CpuSet } from '../../kernel/cpu-set.ts';
import type { CgroupVersion } from '../../kernel/sample.ts';
import type { Topology } from '../../kernel/topology.ts';
import type { PlanInput } from '../../tuner/plan/plan-writes.ts';
import type { WantedSetting } from '../../tuner/policy/policy.ts';

type NodeView = PlanInput['view'];
type GroupView = NodeView['groups'][number];

export interface NodeSize {
  readonly version: CgroupVersion;
  readonly cpus: number;
  readonly pods: number;
}

function topologyOf(count: number): Topology {
  const online = range(0, count);
  return {
    online,
    offline: emptyCpuSet,
    isolated: emptyCpuSet,
    sockets: [{ id: 0, cpus: online }],
    numaNodes: [],
    lastLevelCaches: [],
    cores: online.cpus.map((cpu) => ({ id: cpu, cpus: cpuSetOf([cpu]) })),
  };
}

function range(from: number, count: number): CpuSet {
  return cpuSetOf(Array.from({ length: count }, (_, at) => from + at));
}

/** Two containers a pod, of which every pod's first reserves most of a CPU. */
export function planInputOf({ version, cpus, pods }: NodeSize): PlanInput {
  const root = '/kubepods';
  const paths = Array.from({ length: pods }, (_, pod) => `${root}/burstable/pod${pod}`);
  const all = [root, `${root}/burstable`, ...paths.flatMap((pod) => [pod, `${pod}/a`, `${pod}/b`])];
  const groups = all.map((path, id) => groupOf(path, id, version, cpus));
  const containers = groups
    .filter(({ path }) => /\/[ab]$/.test(path))
    .map(({ path, cgroupId }) => ({
      path,
      cgroupId,
      name: path,
      reservedCores: path.endsWith('a') ? 0.9 : 0.1,
    }));
  const view: NodeView = {
    cgroupVersion: version,
    topology: topologyOf(cpus),
    reservedCpus: emptyCpuSet,
    managedRoot: root,
    groups,
    containers,
    wallTimeMs: 0,
    ageSeconds: 0,
  };
  return { view, baseline: [], wanted: groups.flatMap((group, at) => wantedOf(group, at, version, cpus)) };
}

function groupOf(path: string, id: number, version: CgroupVersion, cpus: number): GroupView {
  return {
    path,
    cgroupId: BigInt(id + 1),
    weight: version === 'v2' ? { kind: 'weight', weight: 39 } : { kind: 'shares', shares: 1024 },
    idle: false,
    quota: { quotaUsec: 'max', periodUsec: 100_000, burstUsec: 0 },
    configuredCpus: version === 'v2' ? emptyCpuSet : range(0, cpus),
  };
}

/** Every container gets a weight and a quota, and every second pod CPUs of its own. */
function wantedOf(
  group: GroupView,
  at: number,
  version: CgroupVersion,
  cpus: number,
): readonly WantedSetting[] {
  const { path, cgroupId } = group;
  const wish = (setting: WantedSetting['setting']): WantedSetting => {
    return { path, cgroupId, setting, rung: 'soft_pool', onBehalfOf: path, reason: 'measured' };
  };
  const isContainer = /\/[ab]$/.test(path);
  const isMasked = version === 'v2' ? /\/pod\d+$/.test(path) : isContainer;
  return [
    ...(isContainer
      ? [
          wish({
            knob: 'weight',
            weight: version === 'v2' ? { kind: 'weight', weight: 100 } : { kind: 'shares', shares: 2000 },
          }),
          wish({ knob: 'quota', quotaUsec: 200_000, periodUsec: 100_000 }),
        ]
      : []),
    ...(isMasked && at % 2 === 0 ? [wish({ knob: 'cpus', cpus: range(at % cpus, 1) })] : []),
  ];
}

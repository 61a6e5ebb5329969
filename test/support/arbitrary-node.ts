/** Random machines of 1 to 256 CPUs with random trees of pods, in states that a kernel could be in. */
import { fc } from './properties.ts';
import { createRandom } from './simulation/random.ts';
import { cpuSetOf, emptyCpuSet, type CpuSet } from '../../kernel/cpu-set.ts';
import type { CgroupVersion } from '../../kernel/sample.ts';
import { deriveTopology, type Topology } from '../../kernel/topology.ts';
import type { ContainerView, GroupView, NodeView } from '../../tuner/observation/node-view.ts';
import { CgroupModel } from '../../tuner/plan/cgroup-model.ts';
import { cpuSetOfMask } from '../../tuner/plan/cpu-mask.ts';
import type { Knob, Setting } from '../../tuner/plan/setting.ts';
import { rungs, type WantedSetting } from '../../tuner/policy/policy.ts';

const file = (path: string, text: string) => ({ path, text });

/** `cores` cores of `threads` threads, numbered as Linux does: first threads first; nodes in equal parts. */
export function topologyOf(cores: number, threads: number, nodes: number): Topology {
  const count = cores * threads;
  const siblings = (cpu: number): string =>
    cpuSetOf(Array.from({ length: threads }, (_, t) => (cpu % cores) + t * cores)).cpus.join(',');
  const nodeOf = (cpu: number): number => Math.floor(((cpu % cores) * nodes) / cores);
  const all = Array.from({ length: count }, (_, cpu) => cpu);
  return deriveTopology({
    online: file('online', `0-${count - 1}`.replace(/^0-0$/, '0')),
    present: undefined,
    isolated: undefined,
    cpus: all.map((cpu) => ({
      cpu,
      packageId: file('package', '0'),
      threadSiblings: file('siblings', siblings(cpu)),
      caches: [],
    })),
    nodes: Array.from({ length: nodes }, (_, node) => ({
      node,
      cpus: file('cpulist', all.filter((cpu) => nodeOf(cpu) === node).join(',')),
    })),
  });
}

const topology = fc
  .tuple(fc.integer({ min: 1, max: 128 }), fc.constantFrom(1, 2), fc.constantFrom(1, 2, 4))
  .map(([cores, threads, nodes]) => topologyOf(cores, threads, Math.min(nodes, cores)));

/** Decisions from a seed: fast-check's own numbers lean to the ends of a range, and make dull trees. */
class Choices {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = createRandom(seed);
  }

  below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  one<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  /** Some of the CPUs, at least one. */
  some(cpus: CpuSet): CpuSet {
    const from = this.below(cpus.cpus.length);
    const length = 1 + this.below(this.chance(50) ? 3 : cpus.cpus.length);
    const doubled = [...cpus.cpus, ...cpus.cpus].slice(from, from + Math.min(length, cpus.cpus.length));
    return cpuSetOf(doubled);
  }
}

const seeds = fc.integer({ min: 1, max: 0x7fff_ffff });

export const managedRoot = '/kubepods';

function pathsOf(pods: number, choose: Choices): readonly string[] {
  const paths = new Set([managedRoot]);
  for (let pod = 0; pod < pods; pod += 1) {
    const above = choose.one([managedRoot, `${managedRoot}/burstable`, `${managedRoot}/besteffort`]);
    paths.add(above).add(`${above}/pod${pod}`);
    for (let c = choose.below(3); c >= 0; c -= 1) paths.add(`${above}/pod${pod}/c${c}`);
  }
  return [...paths].sort();
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

function groupOf(path: string, parent: GroupView | undefined, id: number, node: Made): GroupView {
  const { version, topology, choose } = node;
  const isV2 = version === 'v2';
  const available = (isV2 ? undefined : parent?.configuredCpus) ?? topology.online;
  const isTop = parent === undefined;
  const asParent = isV2 && (isTop || choose.chance(60));
  const widest = !isV2 && (isTop || choose.chance(60));
  return {
    path,
    cgroupId: BigInt(1000 + id),
    weight: isV2
      ? { kind: 'weight', weight: 1 + choose.below(10_000) }
      : { kind: 'shares', shares: 2 + choose.below(5000) },
    idle: choose.chance(10),
    quota: quotaOf(parent, node),
    configuredCpus: asParent ? emptyCpuSet : widest ? available : choose.some(available),
    ...(isV2 && { partition: 'member' as const }),
  };
}

/** On v1 no more CPUs than the quota above. */
function quotaOf(parent: GroupView | undefined, { version, choose }: Made): NonNullable<GroupView['quota']> {
  const above = parent?.quota;
  if (choose.chance(60) || (version !== 'v2' && above?.quotaUsec === 'max')) {
    return { quotaUsec: 'max', periodUsec: 100_000, burstUsec: choose.chance(20) ? 1000 : 0 };
  }
  const most = version !== 'v2' && typeof above?.quotaUsec === 'number' ? above.quotaUsec : 400_000;
  const quotaUsec = 1000 + choose.below(most - 1000 + 1);
  return { quotaUsec, periodUsec: 100_000, burstUsec: choose.below(quotaUsec) };
}

interface Made {
  readonly version: CgroupVersion;
  readonly topology: Topology;
  readonly choose: Choices;
}

function nodeOf(version: CgroupVersion, topology: Topology, pods: number, seed: number): NodeView {
  const choose = new Choices(seed);
  const made = { version, topology, choose };
  const groups = new Map<string, GroupView>();
  for (const path of pathsOf(pods, choose)) {
    groups.set(path, groupOf(path, groups.get(parentOf(path)), groups.size, made));
  }
  const containers = [...groups.values()]
    .filter(({ path }) => /\/c\d$/.test(path))
    .map((group) => containerOf(group, choose));
  return withEffective({
    cgroupVersion: version,
    topology,
    reservedCpus: choose.chance(50) ? cpuSetOf([0]) : emptyCpuSet,
    managedRoot,
    groups: [...groups.values()],
    containers,
    wallTimeMs: 0,
    ageSeconds: 1,
  });
}

function containerOf({ path, cgroupId }: GroupView, choose: Choices): ContainerView {
  return {
    path,
    cgroupId,
    name: path,
    ...(choose.chance(70) && { reservedCores: choose.below(40) / 10 }),
    ...(choose.chance(10) && { excluded: 'a system pod' }),
  };
}

function withEffective(view: NodeView): NodeView {
  const model = new CgroupModel(view);
  return {
    ...view,
    groups: view.groups.map((group) => ({
      ...group,
      effectiveCpus: cpuSetOfMask(model.effective(group.path) ?? 0n),
    })),
  };
}

export const arbitraryNode: fc.Arbitrary<NodeView> = fc
  .tuple(
    fc.constantFrom<CgroupVersion>('v1', 'hybrid', 'v2'),
    topology,
    fc.integer({ min: 1, max: 8 }),
    seeds,
  )
  .map(([version, machine, pods, seed]) => nodeOf(version, machine, pods, seed));

const wantedKnobs: readonly Knob[] = [
  'weight',
  'idle',
  'quota',
  'burst',
  'cpus',
  'cpus',
  'cpus',
  'partition',
];

function settingOf(knob: Knob, { cgroupVersion, topology }: NodeView, choose: Choices): Setting {
  switch (knob) {
    case 'weight':
      return {
        knob,
        weight:
          cgroupVersion === 'v2'
            ? { kind: 'weight', weight: choose.below(11_000) }
            : { kind: 'shares', shares: choose.below(5000) },
      };
    case 'idle':
      return { knob, idle: choose.chance(70) };
    case 'quota':
      return {
        knob,
        quotaUsec: choose.chance(30) ? 'max' : choose.below(400_000),
        periodUsec: choose.one([20_000, 100_000]),
      };
    case 'burst':
      return { knob, burstUsec: choose.below(300_000) };
    case 'cpus':
      return { knob, cpus: choose.chance(5) ? emptyCpuSet : choose.some(topology.online) };
    case 'partition':
      return { knob, partition: choose.one(['member', 'root', 'isolated']) };
  }
}

/** Settings that a policy might want, sensible and not: of every group, of the root, of groups that are not there. */
export function wantedOf(view: NodeView, seed: number): readonly WantedSetting[] {
  const choose = new Choices(seed);
  return Array.from({ length: choose.below(20) }, () => {
    const group = choose.one(view.groups);
    const astray = choose.chance(3);
    return {
      path: astray ? '/system.slice' : group.path,
      cgroupId: group.cgroupId + (choose.chance(3) ? 1n : 0n),
      setting: settingOf(choose.one(wantedKnobs), view, choose),
      rung: choose.one(rungs),
      onBehalfOf: choose.one(view.containers).path,
      reason: 'because',
    };
  });
}

export const arbitraryWanted = (view: NodeView): fc.Arbitrary<readonly WantedSetting[]> =>
  seeds.map((seed) => wantedOf(view, seed));

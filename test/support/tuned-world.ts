/**
 * A node for tests of policies and of the loop: its cgroups take writes, and what its containers receive follows from them.
 * A fluid of its own, simpler than the predictors, so that a policy is tried on a world that its model does not know: threads are
 * dealt to the CPUs that have fewest, each CPU is shared by weight down the tree, and a container may be favoured less than its
 * weight promises (`disfavour`), as forced sharing does.
 */
import { cpuSetIntersection, cpuSetOf, emptyCpuSet, type CpuSet } from '../../kernel/cpu-set.ts';
import { effectiveShares } from '../../kernel/cpu-weight.ts';
import type { CgroupVersion } from '../../kernel/sample.ts';
import type { Topology } from '../../kernel/topology.ts';
import type { Prediction } from '../../ledger/predict/scheduler-model.ts';
import type { ContainerView, GroupView, NodeView } from '../../tuner/observation/node-view.ts';
import type { Plan } from '../../tuner/plan/plan.ts';
import { sameSetting, type Setting } from '../../tuner/plan/setting.ts';
import type { Baseline, WantedSetting } from '../../tuner/policy/policy.ts';
import { intendedView, parentPath, standingSetting } from '../../tuner/policy/node-tree.ts';

export interface Tenant {
  readonly path: string;
  readonly reservedCores?: number;
  readonly threads: number;
  /** What it wants at a time, CPUs; all threads always by default. */
  readonly wants?: (seconds: number) => number;
  /** Part of its weight that counts on a shared CPU. */
  readonly disfavour?: number;
  /** Stopped by its quota for so long on each CPU, whatever it uses on average: it comes in bursts. */
  readonly bursty?: boolean;
  readonly excluded?: string;
  /** p99 of waiting on a CPU shared with others, seconds. */
  readonly waits?: number;
  readonly targetWaitP99Seconds?: number;
}

export interface WorldSpec {
  readonly topology: Topology;
  readonly cgroupVersion?: CgroupVersion;
  readonly managedRoot?: string;
  readonly reservedCpus?: CpuSet;
  readonly tenants: readonly Tenant[];
  /** Settings that differ from a plain cgroup's, by path. */
  readonly groups?: Readonly<Record<string, Partial<GroupView>>>;
}

export interface World {
  readonly view: (seconds: number, noise?: () => number) => NodeView;
  readonly apply: (plan: Plan) => void;
  /** Somebody else writes. */
  readonly meddle: (path: string, setting: Setting) => void;
  readonly baseline: () => readonly Baseline[];
  readonly group: (path: string) => GroupView;
}

export function makeWorld(spec: WorldSpec): World {
  let groups = initialGroups(spec);
  const originals = new Map<string, Baseline>();
  const write = (path: string, setting: Setting): void => {
    groups = groups.map((group) => (group.path === path ? written(spec, group, setting) : group));
    groups = intendedView(bareView(spec, groups, 0), [], []).groups;
  };
  return {
    view: (seconds, noise = () => 0) => observe(spec, groups, seconds, noise),
    apply: ({ writes }) => {
      for (const { path, cgroupId, from, to } of writes) {
        const key = `${to.knob} ${path}`;
        if (!originals.has(key)) originals.set(key, { path, cgroupId, setting: from });
        write(path, to);
      }
    },
    meddle: write,
    baseline: () => [...originals.values()],
    group: (path) => groups.find((group) => group.path === path)!,
  };
}

/** As the plan module does, without its order and its safety: those have tests of their own. */
export function planPlainly(input: {
  readonly view: NodeView;
  readonly baseline: readonly Baseline[];
  readonly wanted: readonly WantedSetting[];
}): Plan {
  const key = (path: string, { knob }: Setting): string => `${knob} ${path}`;
  const wanted = new Map(input.wanted.map((each) => [key(each.path, each.setting), each]));
  const back = input.baseline.filter(({ path, setting }) => !wanted.has(key(path, setting)));
  const goals = [
    ...back.map((each) => ({
      ...each,
      rung: 'baseline' as const,
      onBehalfOf: each.path,
      reason: 'as it was',
    })),
    ...wanted.values(),
  ];
  const writes = goals.flatMap(({ setting, ...rest }) => {
    const group = input.view.groups.find(({ path }) => path === rest.path)!;
    const from = standingSetting(group, setting.knob)!;
    return sameSetting(from, setting) ? [] : [{ ...rest, from, to: setting }];
  });
  return { writes, refused: [] };
}

/** A predictor that knows the tenants' threads and not that some are disfavoured. */
export const predictWorld =
  (spec: WorldSpec) =>
  () =>
  (view: NodeView): Prediction => {
    const honest = spec.tenants.map((tenant) => ({ ...tenant, disfavour: 1 }));
    const seconds = (view.wallTimeMs - startMs) / 1000;
    const received = receive(spec, honest, view.groups, seconds);
    const total = [...received.values()].reduce((sum, { cores }) => sum + cores, 0);
    return {
      groups: honest.map((tenant) => ({
        path: tenant.path,
        receivedCores: received.get(tenant.path)!.cores,
        wantedCores: wantsOf(tenant, seconds),
        throttledCores: 0,
      })),
      idleCores: view.topology.online.cpus.length - total,
    };
  };

const startMs = 1_800_000_000_000;
const plain: Omit<GroupView, 'path' | 'cgroupId'> = {
  idle: false,
  quota: { quotaUsec: 'max', periodUsec: 100_000, burstUsec: 0 },
};

function initialGroups(spec: WorldSpec): readonly GroupView[] {
  const { cgroupVersion = 'v2', managedRoot = '', topology } = spec;
  const paths = new Set<string>();
  for (const { path } of spec.tenants)
    for (let at = path; at !== managedRoot; at = parentPath(at)) paths.add(at);
  const groups = [...paths].sort().map((path, i): GroupView => ({
    ...plain,
    path,
    cgroupId: BigInt(100 + i),
    weight: cgroupVersion === 'v2' ? { kind: 'weight', weight: 100 } : { kind: 'shares', shares: 1024 },
    configuredCpus: cgroupVersion === 'v2' ? emptyCpuSet : topology.online,
    effectiveCpus: topology.online,
    ...(cgroupVersion === 'v2' && { partition: 'member' as const }),
    ...spec.groups?.[path],
  }));
  return intendedView(bareView(spec, groups, 0), [], []).groups;
}

function bareView(spec: WorldSpec, groups: readonly GroupView[], seconds: number): NodeView {
  const { cgroupVersion = 'v2', managedRoot = '', topology, reservedCpus = emptyCpuSet } = spec;
  const wallTimeMs = startMs + seconds * 1000;
  return {
    cgroupVersion,
    topology,
    reservedCpus,
    managedRoot: managedRoot === '' ? '/' : managedRoot,
    groups,
    containers: [],
    wallTimeMs,
    ageSeconds: 0,
  };
}

function written(spec: WorldSpec, group: GroupView, setting: Setting): GroupView {
  const one = { path: group.path, cgroupId: group.cgroupId };
  const [changed] = intendedView(bareView(spec, [group], 0), [{ ...one, setting }], []).groups;
  return changed!;
}

const wantsOf = ({ threads, wants }: Tenant, seconds: number): number =>
  Math.min(threads, wants ? wants(seconds) : threads);

function observe(
  spec: WorldSpec,
  groups: readonly GroupView[],
  seconds: number,
  noise: () => number,
): NodeView {
  const received = receive(spec, spec.tenants, groups, seconds);
  const containers = spec.tenants.map((tenant): ContainerView => {
    const { path, reservedCores = 0, threads } = tenant;
    const wanted = wantsOf(tenant, seconds);
    const got = received.get(path)!;
    const receivedCores = Math.max(0, Math.min(wanted, got.cores + noise()));
    const entitled = Math.min(reservedCores, wanted);
    const gap = Math.max(0, entitled - receivedCores);
    const bound = (value: number): { estimate: number; low: number; high: number } => ({
      estimate: value,
      low: value,
      high: value,
    });
    return {
      path,
      cgroupId: groups.find((group) => group.path === path)!.cgroupId,
      name: path.slice(1),
      ...(reservedCores > 0 && { reservedCores }),
      ...(tenant.excluded !== undefined && { excluded: tenant.excluded }),
      ...(tenant.targetWaitP99Seconds !== undefined && {
        targetWaitP99Seconds: tenant.targetWaitP99Seconds,
      }),
      evidence: {
        source: 'exact',
        windowSeconds: 1,
        receivedCores,
        entitledCores: bound(entitled),
        gapCores: bound(gap),
        causesCores: {
          throttled: got.throttled ? gap : 0,
          runqueue_sharing: got.throttled ? 0 : gap,
          self: 0,
          system: 0,
          steal: 0,
          unexplained: 0,
        },
        phantomCores: 0,
        throttledHarmful: got.throttled && gap > 0,
        ...(got.throttled && { throttledBy: path }),
        threadCount: threads,
        waitOthersCores: got.shares ? 0.2 : 0,
        ...(tenant.waits !== undefined && { waitP99Seconds: got.shares ? tenant.waits : 0.0005 }),
      },
    };
  });
  return { ...bareView(spec, groups, seconds), containers };
}

interface Received {
  cores: number;
  throttled: boolean;
  /** On some CPU with others that are not in the idle class. */
  shares: boolean;
}

function receive(
  spec: WorldSpec,
  tenants: readonly Tenant[],
  groups: readonly GroupView[],
  seconds: number,
): ReadonlyMap<string, Received> {
  const byPath = new Map(groups.map((group) => [group.path, group]));
  const placed = place(spec, tenants, byPath);
  const result = new Map(tenants.map(({ path }) => [path, { cores: 0, throttled: false, shares: false }]));
  for (const cpu of spec.topology.online.cpus) {
    const here = tenants.flatMap((tenant) => {
      const threads = placed.get(tenant.path)?.get(cpu) ?? 0;
      return threads > 0 ? [{ tenant, threads, part: threads / tenant.threads }] : [];
    });
    const rivals = here.filter(({ tenant }) => !lineIsIdle(tenant.path, byPath));
    share(
      here,
      spec.managedRoot ?? '',
      1,
      byPath,
      (tenant, cores) => {
        result.get(tenant.path)!.cores += cores;
      },
      seconds,
    );
    for (const { tenant } of here) if (rivals.length > 1) result.get(tenant.path)!.shares = true;
  }
  for (const tenant of tenants) {
    const { quota } = byPath.get(tenant.path)!;
    const got = result.get(tenant.path)!;
    if (!quota || quota.quotaUsec === 'max') continue;
    const limit = quota.quotaUsec / quota.periodUsec;
    const most = tenant.bursty === true && (quota.burstUsec ?? 0) === 0 ? limit / 2 : limit;
    if (got.cores > most) Object.assign(got, { cores: most, throttled: true });
  }
  return result;
}

const lineIsIdle = (path: string, groups: ReadonlyMap<string, GroupView>): boolean => {
  for (let at = path; at !== ''; at = parentPath(at)) if (groups.get(at)?.idle === true) return true;
  return false;
};

/** Threads per CPU, by tenant: dealt one by one to the allowed CPU with fewest, those with least choice first. */
function place(
  spec: WorldSpec,
  tenants: readonly Tenant[],
  groups: ReadonlyMap<string, GroupView>,
): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const load = new Map(spec.topology.online.cpus.map((cpu) => [cpu, 0]));
  const allowedOf = ({ path }: Tenant): CpuSet =>
    cpuSetIntersection(groups.get(path)?.effectiveCpus ?? spec.topology.online, spec.topology.online);
  return new Map(
    tenants
      .toSorted((a, b) => allowedOf(a).cpus.length - allowedOf(b).cpus.length)
      .map((tenant) => {
        const mine = new Map<number, number>();
        for (let i = 0; i < tenant.threads; i += 1) {
          const cpu = allowedOf(tenant).cpus.reduce((best, each) =>
            load.get(each)! < load.get(best)! ? each : best,
          );
          load.set(cpu, load.get(cpu)! + 1);
          mine.set(cpu, (mine.get(cpu) ?? 0) + 1);
        }
        return [tenant.path, mine];
      }),
  );
}

interface Here {
  readonly tenant: Tenant;
  readonly threads: number;
  /** Part of its threads that are on this CPU. */
  readonly part: number;
}

/** Shares one CPU among the children of a group by weight; who wants less than its share leaves the rest to the others. */
function share(
  here: readonly Here[],
  parent: string,
  capacity: number,
  groups: ReadonlyMap<string, GroupView>,
  give: (tenant: Tenant, cores: number) => void,
  seconds: number,
): number {
  const depth = parent.split('/').length;
  const children = Map.groupBy(here, ({ tenant }) =>
    tenant.path
      .split('/')
      .slice(0, depth + 1)
      .join('/'),
  );
  const wanted = (ones: readonly Here[]): number =>
    ones.reduce((sum, { tenant, part }) => sum + wantsOf(tenant, seconds) * part, 0);
  let open = [...children].map(([path, ones]) => {
    const group = groups.get(path)!;
    const part = ones.reduce((sum, each) => sum + each.part, 0) / ones.length;
    const shares = group.idle === true ? 3 : effectiveShares(group.weight!);
    const favour = Math.min(...ones.map(({ tenant }) => tenant.disfavour ?? 1));
    return { path, ones, weight: shares * part * (children.size > 1 ? favour : 1), most: wanted(ones) };
  });
  const granted = new Map<string, number>();
  let left = capacity;
  while (open.length > 0) {
    const total = open.reduce((sum, { weight }) => sum + weight, 0);
    const filled = open.filter(({ weight, most }) => most <= (left * weight) / total);
    const [granting, amount] =
      filled.length > 0
        ? [filled, (one: (typeof open)[number]): number => one.most]
        : [open, (one: (typeof open)[number]): number => (left * one.weight) / total];
    const used = granting.map((one) => [one.path, amount(one)] as const);
    for (const [path, cores] of used) granted.set(path, cores);
    left -= used.reduce((sum, [, cores]) => sum + cores, 0);
    open = open.filter(({ path }) => !granted.has(path));
    if (filled.length === 0) break;
  }
  for (const [path, ones] of children) {
    const [first] = ones;
    const cores = granted.get(path) ?? 0;
    if (ones.length === 1 && first?.tenant.path === path) give(first.tenant, cores);
    else share(ones, path, cores, groups, give, seconds);
  }
  return left;
}

export const cpus = (...numbers: number[]): CpuSet => cpuSetOf(numbers);

/** Even in -scale..scale, deterministic: xorshift32. */
export function noiseOf(seed: number, scale: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state / 2 ** 31) * scale;
  };
}

/**
 * What the weights in force promise a container: at each level of the hierarchy its part of the sum of the siblings'
 * weights, and the product of the parts times the CPUs it may use. It holds where all siblings have runnable threads on
 * every CPU; the scheduler divides CPU by CPU, so with threads elsewhere it may be less (forced runqueue sharing) or more.
 */
import type { CgroupSample, CpuWeight, Sample } from '../../kernel/sample.ts';

export interface WeightLevel {
  readonly path: string;
  /** Weight or shares in force; the scheduler's own 3 where `cpu.idle` is set. */
  readonly own: number;
  readonly unit: CpuWeight['kind'];
  readonly idle: boolean;
  readonly siblings: readonly SiblingWeight[];
  /** Own part of all weights at this level, 0..1. */
  readonly share: number;
  /** The same among those that used CPU in the window. */
  readonly shareOfActive: number;
}

export interface SiblingWeight {
  readonly path: string;
  readonly weight: number;
  readonly active: boolean;
}

export interface WeightPromise {
  /** Outermost level first, the container last. */
  readonly levels: readonly WeightLevel[];
  /** CPUs, when all known siblings want CPU at once. */
  readonly cores: number;
  /** CPUs, against those siblings that used CPU in the window. */
  readonly coresOfActive: number;
}

/** Less than this of one CPU is nobody to compete with. */
const activeCores = 0.01;
/** WEIGHT_IDLEPRIO of kernel/sched/sched.h, on the scale where 1024 is one nice-0 thread. */
const idleWeight = 3;
const defaultWeights: Readonly<Record<CpuWeight['kind'], number>> = { weight: 100, shares: 1024 };

/**
 * @param usedCores CPUs that the cgroup at a path used lately; one of which nobody knows counts as active
 * @returns undefined where a level's weight could not be read
 */
export function deriveWeightPromise(
  sample: Sample,
  path: string,
  allowedCpuCount: number,
  usedCores: (path: string) => number | undefined,
): WeightPromise | undefined {
  const byParent = groupByParent(sample.cgroups);
  const levels: WeightLevel[] = [];
  for (const at of [...ancestorsFromTop(path), path]) {
    const level = deriveLevel(byParent.get(parentOf(at)) ?? [], at, usedCores);
    if (level === undefined) return undefined;
    levels.push(level);
  }
  const product = (share: (level: WeightLevel) => number): number =>
    levels.reduce((part, level) => part * share(level), allowedCpuCount);
  return {
    levels,
    cores: product(({ share }) => share),
    coresOfActive: product((level) => level.shareOfActive),
  };
}

/** What to change so that the weights promise `cores` beside those that were busy. */
export type WeightRemedy =
  | { readonly kind: 'enough' }
  /** Raise the weight of this level to at least so much; the others stay. */
  | { readonly kind: 'raise'; readonly level: WeightLevel; readonly to: number }
  /** Even the whole of that level is not enough. */
  | { readonly kind: 'impossible' };

/** Looks at the level where the container's part is smallest: there a raise does most. */
export function deriveWeightRemedy({ levels, coresOfActive }: WeightPromise, cores: number): WeightRemedy {
  if (coresOfActive >= 0.98 * cores) return { kind: 'enough' };
  const [level] = levels.toSorted((one, other) => one.shareOfActive - other.shareOfActive);
  const needed = ((level?.shareOfActive ?? 0) * cores) / coresOfActive;
  if (level === undefined || needed >= 0.99) return { kind: 'impossible' };
  const others = level.own / level.shareOfActive - level.own;
  return { kind: 'raise', level, to: Math.ceil((others * needed) / (1 - needed)) };
}

function deriveLevel(
  family: readonly CgroupSample[],
  path: string,
  usedCores: (path: string) => number | undefined,
): WeightLevel | undefined {
  const own = family.find((cgroup) => cgroup.path === path);
  const ownWeight = own === undefined ? undefined : weightOf(own);
  if (own?.weight === undefined || ownWeight === undefined) return undefined;
  const siblings = family.flatMap((cgroup) => {
    const weight = weightOf(cgroup);
    if (cgroup.path === path || weight === undefined) return [];
    return [{ path: cgroup.path, weight, active: (usedCores(cgroup.path) ?? Infinity) >= activeCores }];
  });
  const sum = (counted: readonly SiblingWeight[]): number =>
    counted.reduce((total, { weight }) => total + weight, ownWeight);
  return {
    path,
    own: ownWeight,
    unit: own.weight.kind,
    idle: own.idle ?? false,
    siblings,
    share: ownWeight / sum(siblings),
    shareOfActive: ownWeight / sum(siblings.filter(({ active }) => active)),
  };
}

function weightOf(cgroup: CgroupSample): number | undefined {
  if (cgroup.weight === undefined) return undefined;
  if (cgroup.idle === true) return (idleWeight * defaultWeights[cgroup.weight.kind]) / defaultWeights.shares;
  return cgroup.weight.kind === 'weight' ? cgroup.weight.weight : cgroup.weight.shares;
}

function groupByParent(cgroups: readonly CgroupSample[]): ReadonlyMap<string, readonly CgroupSample[]> {
  return Map.groupBy(cgroups, ({ path }) => parentOf(path));
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function ancestorsFromTop(path: string): readonly string[] {
  const segments = path.split('/').slice(1, -1);
  return segments.map((_, index) => `/${segments.slice(0, index + 1).join('/')}`);
}

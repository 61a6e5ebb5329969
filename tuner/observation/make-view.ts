/** Puts a NodeView together from its parts: what was observed, what stands in the cgroups, and what the tuner may touch. */
import type { GroupSettings } from '../../host/group-settings.ts';
import { emptyCpuSet, type CpuSet } from '../../kernel/cpu-set.ts';
import type { CgroupVersion, Sample } from '../../kernel/sample.ts';
import type { Topology } from '../../kernel/topology.ts';
import { deriveHostLedger } from '../../ledger/derive.ts';
import { pathsDownTo } from '../../host/group-settings.ts';
import type { Baseline } from '../policy/policy.ts';
import { decideExclusion, type ManagementRules } from './exclusions.ts';
import type { ContainerView, GroupView, NodeView } from './node-view.ts';
import { evidenceOf, observedFromLedger, type ObservedContainer } from './observed-container.ts';

/** What of a node the ledger does not say. */
export interface NodeFacts {
  readonly cgroupVersion: CgroupVersion;
  readonly topology: Topology;
  readonly reservedCpus: CpuSet;
  readonly managedRoot: string;
  readonly rules: ManagementRules;
  /** What stood in the cgroups before the tuner wrote: decides what the kubelet gave. */
  readonly baseline: readonly Baseline[];
  /** Wall clock now, milliseconds since the epoch. */
  readonly nowMs: number;
}

export interface Observed {
  readonly wallTimeMs: number;
  readonly containers: readonly ObservedContainer[];
}

/** @param groups the managed root and everything below it down to the containers, as it stands now */
export function makeNodeView(observed: Observed, groups: readonly GroupView[], facts: NodeFacts): NodeView {
  const { cgroupVersion, topology, reservedCpus, managedRoot } = facts;
  const byPath = new Map(groups.map((group) => [group.path, group]));
  const original = originalCpusOf(groups, facts.baseline);
  const containers = observed.containers.map((container) =>
    containerView(container, byPath.get(container.path), original, facts),
  );
  return {
    cgroupVersion,
    topology,
    reservedCpus,
    managedRoot,
    groups: groups.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    containers: containers.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    wallTimeMs: observed.wallTimeMs,
    ageSeconds: (facts.nowMs - observed.wallTimeMs) / 1000,
  };
}

/**
 * From the live host or a recording. Without `settings` the groups are as far as the samples tell: the CPUs in force
 * stand in for the configured ones, which is enough to say what would be written and not to write it.
 */
export function viewFromSamples(
  previous: Sample,
  next: Sample,
  facts: Omit<NodeFacts, 'cgroupVersion'>,
  settings?: readonly GroupSettings[],
): NodeView {
  const ledger = deriveHostLedger(previous, next);
  const containers = ledger.containers.map(observedFromLedger);
  const paths = new Set(
    pathsDownTo(
      containers.map(({ path }) => path),
      facts.managedRoot,
    ),
  );
  const groups =
    settings ??
    next.cgroups
      .filter(({ path }) => paths.has(path))
      .map(({ path, cgroupId, weight, idle, quota, allowedCpus }) => ({
        path,
        cgroupId,
        ...(weight && { weight }),
        ...(idle !== undefined && { idle }),
        ...(quota && { quota }),
        ...(allowedCpus && { configuredCpus: allowedCpus, effectiveCpus: allowedCpus }),
      }));
  return makeNodeView({ wallTimeMs: ledger.wallTimeMs, containers }, groups, {
    ...facts,
    cgroupVersion: next.host.cgroupVersion,
  });
}

function containerView(
  container: ObservedContainer,
  group: GroupView | undefined,
  original: ReadonlyMap<string, CpuSet>,
  facts: NodeFacts,
): ContainerView {
  const { path, cgroupId, identity, reservedCores } = container;
  const originalCpus = original.get(path);
  const others = [...original].flatMap(([other, cpus]) => (isApart(path, other) ? [cpus] : []));
  const subject = {
    path,
    identity,
    ...(reservedCores !== undefined && { reservedCores }),
    ...(originalCpus && { originalCpus }),
  };
  const excluded = unmanageable(container, group) ?? decideExclusion(subject, others, facts.rules);
  const evidence = evidenceOf(container);
  return {
    path,
    cgroupId,
    name: identity.name,
    // Nothing reserved is said in two ways: nobody says, or somebody says zero.
    ...(reservedCores !== undefined && reservedCores > 0 && { reservedCores }),
    ...(excluded !== undefined && { excluded }),
    ...(evidence && { evidence }),
  };
}

function unmanageable(container: ObservedContainer, group: GroupView | undefined): string | undefined {
  if (!group) return 'outside of the managed root';
  return group.cgroupId === container.cgroupId ? undefined : 'its cgroup was made anew meanwhile';
}

const isApart = (path: string, other: string): boolean =>
  path !== other && !path.startsWith(`${other}/`) && !other.startsWith(`${path}/`);

/** Every group's own cpuset.cpus as it was before the tuner wrote it; empty ones say nothing and are left out. */
function originalCpusOf(
  groups: readonly GroupView[],
  baseline: readonly Baseline[],
): ReadonlyMap<string, CpuSet> {
  const before = new Map(
    baseline.flatMap(({ path, cgroupId, setting }) =>
      setting.knob === 'cpus' ? [[`${cgroupId} ${path}`, setting.cpus] as const] : [],
    ),
  );
  return new Map(
    groups.flatMap(({ path, cgroupId, configuredCpus = emptyCpuSet }) => {
      const cpus = before.get(`${cgroupId} ${path}`) ?? configuredCpus;
      return cpus.cpus.length > 0 ? [[path, cpus] as const] : [];
    }),
  );
}

/** Undefined when the view is fresh enough to act on; else why not, in words. */
export function refuseStale(view: NodeView, mostSeconds: number): string | undefined {
  if (view.ageSeconds > mostSeconds) {
    return `the observation is ${view.ageSeconds.toFixed(0)} s old; at most ${mostSeconds} s is acted on`;
  }
  return view.ageSeconds < -mostSeconds
    ? `the observation is ${(-view.ageSeconds).toFixed(0)} s in the future: the clocks disagree`
    : undefined;
}

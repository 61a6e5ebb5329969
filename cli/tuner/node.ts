/** The node that a command of the tuner looks at, and what it may touch there. */
import { readBootId } from '../../host/boot-id.ts';
import { readCgroupLayout, type CgroupLayout } from '../../host/cgroup-layout.ts';
import { pathsDownTo, readGroupSettings } from '../../host/group-settings.ts';
import type { HostRoots } from '../../host/roots.ts';
import { readTopology } from '../../host/topology-reader.ts';
import { nodeWriteCalls } from '../../host/write-calls.ts';
import { emptyCpuSet } from '../../kernel/cpu-set.ts';
import type { ActuationHost } from '../../tuner/actuation/actuation-host.ts';
import { currentJournal } from '../../tuner/actuation/apply-plan.ts';
import { baselinesOf } from '../../tuner/actuation/baselines.ts';
import { managementRules } from '../../tuner/observation/exclusions.ts';
import { makeNodeView, type NodeFacts, type Observed } from '../../tuner/observation/make-view.ts';
import { findManagedRoot } from '../../tuner/observation/managed-root.ts';
import type { NodeView } from '../../tuner/observation/node-view.ts';
import type { Baseline } from '../../tuner/policy/policy.ts';
import { CliError } from '../exit-codes.ts';
import type { PolicyOptions } from './flags.ts';

export interface TunedNode {
  readonly host: ActuationHost;
  readonly managedRoot: string;
  /** What stood in the cgroups before the tuner wrote anything. Throws JournalError. */
  readonly baseline: () => readonly Baseline[];
  /** Joins what was observed with the settings that stand now. Throws HostReadError, KernelTextError, JournalError. */
  readonly view: (observed: Observed, nowMs: number) => NodeView;
}

type NodeOptions = Pick<
  PolicyOptions,
  'managedRoot' | 'only' | 'never' | 'includeSystemPods' | 'reservedCpus'
>;

/** Throws CliError where there is nothing that could be tuned. */
export function openTunedNode(roots: HostRoots, stateFolder: string, options: NodeOptions): TunedNode {
  const host = openActuationHost(roots, stateFolder);
  const { layout } = host;
  const managedRoot = managedRootOf(layout, options.managedRoot);
  const rules = rulesOf(options);
  const baseline = (): readonly Baseline[] => baselinesOf(currentJournal(host));
  return {
    host,
    managedRoot,
    baseline,
    view: (observed, nowMs) => {
      const paths = pathsDownTo(
        observed.containers.map(({ path }) => path),
        managedRoot,
      );
      const facts: NodeFacts = {
        cgroupVersion: layout.version,
        topology: readTopology(roots),
        reservedCpus: options.reservedCpus ?? emptyCpuSet,
        managedRoot,
        rules,
        baseline: baseline(),
        nowMs,
      };
      return makeNodeView(observed, readGroupSettings(layout, paths), facts);
    },
  };
}

/** Throws CliError without cgroups. */
export function openActuationHost(roots: HostRoots, stateFolder: string): ActuationHost {
  const layout = readCgroupLayout(roots);
  if (!layout) {
    throw new CliError(
      'impossible',
      `No cgroup hierarchy with CPU accounting is below ${roots.cgroup}; is --cgroup-root right?`,
    );
  }
  return { layout, stateFolder, bootId: readBootId(roots.proc) ?? 'unknown', calls: nodeWriteCalls };
}

export function rulesOf({ only = [], never = [], includeSystemPods }: NodeOptions): NodeFacts['rules'] {
  return managementRules(only, never, { includeSystemPods });
}

function managedRootOf(layout: CgroupLayout, given: string | undefined): string {
  const root = given ?? findManagedRoot(layout);
  if (root === undefined) {
    throw new CliError(
      'impossible',
      'The kubelet keeps no pods here: name the cgroup to manage, such as --managed-root /docker or /system.slice.',
    );
  }
  return root;
}

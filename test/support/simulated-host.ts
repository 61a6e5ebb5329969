/**
 * A host whose every thread is known: what its kernel files say comes as a Sample, what really happened as a truth.
 * Deterministic in its spec. Parts, below simulation/: spec (what to build), machine (events and scheduling; group,
 * placement), programs (workloads), pressure (PSI), truth (exact ledger terms), emit (a Sample), host-files (its text).
 */
import type { Sample } from '../../kernel/sample.ts';
import { assembleSample, emitCgroup, emitCpus, monotonicOf, wallTimeAtStartMs } from './simulation/emit.ts';
import { Machine } from './simulation/machine.ts';
import { defaultEmission, type Emission, type HostSpec } from './simulation/spec.ts';
import type { TruthMark, WindowTruth } from './simulation/truth.ts';

/** A sample, and how far each container's truth had come when its usage was read. */
export interface Observation {
  readonly sample: Sample;
  readonly marks: ReadonlyMap<string, TruthMark>;
}

export class SimulatedHost {
  readonly spec: HostSpec;
  readonly machine: Machine;
  private readonly emission: Emission;

  constructor(spec: HostSpec) {
    this.spec = spec;
    this.emission = { ...defaultEmission, ...spec.emission };
    this.machine = new Machine(spec);
    this.machine.runUntil(0);
  }

  get nowSeconds(): number {
    return this.machine.now / 1e9;
  }

  runFor(seconds: number): void {
    this.machine.runUntil(this.machine.now + Math.round(seconds * 1e9));
  }

  observe(): Observation {
    const { machine } = this;
    const wallTimeMs = wallTimeAtStartMs + Math.floor(machine.now / 1e6);
    const began = { monotonicNs: monotonicOf(machine), wallTimeMs, cpus: emitCpus(machine) };
    const marks = new Map<string, TruthMark>();
    const cgroups = machine.groups.map((group) => {
      if (this.emission.readNs > 0) machine.runUntil(machine.now + this.emission.readNs);
      if (machine.truths.has(group)) marks.set(group.path, this.markOf(group.path));
      return emitCgroup(group, machine, this.emission);
    });
    return { sample: assembleSample(machine, began, this.spec.containers, cgroups, this.emission), marks };
  }

  /** The truth of one container between two observations, for its reservation (or `reservedCores`). */
  truth(path: string, from: Observation, to: Observation, reservedCores?: number): WindowTruth {
    const container = this.spec.containers.find((candidate) => candidate.path === path);
    const cores = reservedCores ?? container?.reservedCores ?? 0;
    return this.truthOf(path).between(from.marks.get(path)!, to.marks.get(path)!, cores);
  }

  private groupOf(path: string): Machine['groups'][number] {
    const group = this.machine.groups.find((candidate) => candidate.path === path);
    if (group === undefined) throw new Error(`no cgroup ${path} in this simulation`);
    return group;
  }

  private truthOf(path: string): NonNullable<ReturnType<Machine['truths']['get']>> {
    const truth = this.machine.truths.get(this.groupOf(path));
    if (truth === undefined) throw new Error(`${path} is not a container of this simulation`);
    return truth;
  }

  private markOf(path: string): TruthMark {
    const group = this.groupOf(path);
    let idleNs = 0;
    for (const cpu of group.cpus) idleNs += this.machine.cpus[cpu]!.idleNs;
    const waiting = [...group.threads].filter((thread) => thread.state === 'waiting');
    const pending = waiting.map((thread) => (this.machine.now - thread.uncountedSince) / 1e9);
    const sum = pending.reduce((total, wait) => total + wait, 0);
    const longest = Math.max(0, ...pending);
    return this.truthOf(path).mark(this.machine.now, group.usageNs, idleNs, { sum, longest });
  }
}

/**
 * Runs `spec` through windows that end at `edgesSeconds`, and a little beyond the last, so that what waits suppressed
 * has come to light.
 */
export const observeAt = (
  spec: HostSpec,
  edgesSeconds: readonly number[],
  settleSeconds = 0.3,
): { readonly host: SimulatedHost; readonly observations: readonly Observation[] } => {
  const host = new SimulatedHost(spec);
  const observations = edgesSeconds.map((edge) => {
    host.runFor(edge - host.nowSeconds);
    return host.observe();
  });
  host.runFor(settleSeconds);
  return { host, observations };
};

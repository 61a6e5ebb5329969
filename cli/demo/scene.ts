/**
 * The scene of the demo, on the real kernel: two cgroups on two CPUs with the weights that Kubernetes would give them.
 * The victim is a pair of threads that meet at a barrier every millisecond and reserves 1.5 CPUs; the neighbour spins in
 * 8 threads and reserves 0.5. Both promises could hold, and the victim loses: whenever one of its threads has to wait
 * behind the neighbour's, the other one sleeps at the barrier.
 */
import { WorkloadProcess } from '../../bench/workloads/workload-process.ts';
import type { CgroupLayout } from '../../host/cgroup-layout.ts';
import type { Clock } from '../../host/clock.ts';
import type { FixedReservation } from '../../host/fixed-reservations.ts';
import { ScratchCgroups } from '../../host/scratch-cgroups.ts';
import type { CpuSet } from '../../kernel/cpu-set.ts';
import { sharesFromCores, weightFromSharesLinear } from '../../kernel/cpu-weight.ts';
import type { CpuWeight } from '../../kernel/sample.ts';

export const demoCpuCount = 2;

/** The weight of both together against the host's own processes: as all pods have on a node of 8 CPUs, so that these disturb little. */
const parentCores = 8;

export const roles = {
  victim: { name: 'victim', cores: 1.5, kind: 'barrier', threads: 2 },
  neighbour: { name: 'neighbour', cores: 0.5, kind: 'spin', threads: 8 },
} as const;
export type Role = keyof typeof roles;

export class DemoScene {
  readonly #scratch: ScratchCgroups;
  readonly #paths: Readonly<Record<Role, string>>;
  readonly #workloads = new Map<Role, WorkloadProcess>();

  /**
   * Makes the cgroups, on these CPUs alone. Removes what a killed demo left behind. Throws CgroupWriteError.
   */
  static async open(
    layout: CgroupLayout,
    clock: Clock,
    proc: string,
    allowedCpus: CpuSet,
  ): Promise<DemoScene> {
    const weightOf = (cores: number): CpuWeight => kubernetesWeight(layout, cores);
    const scratch = await ScratchCgroups.open({
      layout,
      clock,
      proc,
      prefix: 'cpugap-demo',
      settings: { weight: weightOf(parentCores), allowedCpus },
    });
    try {
      const create = (role: Role): string =>
        scratch.create(roles[role].name, { weight: weightOf(roles[role].cores), allowedCpus });
      return new DemoScene(scratch, { victim: create('victim'), neighbour: create('neighbour') });
    } catch (error) {
      await scratch.close();
      throw error;
    }
  }

  private constructor(scratch: ScratchCgroups, paths: Readonly<Record<Role, string>>) {
    this.#scratch = scratch;
    this.#paths = paths;
  }

  /** The parent of both. */
  get path(): string {
    return this.#scratch.path;
  }

  pathOf(role: Role): string {
    return this.#paths[role];
  }

  reservations(): ReadonlyMap<string, FixedReservation> {
    const entry = (role: Role): readonly [string, FixedReservation] => [
      this.#paths[role],
      { name: roles[role].name, reservation: { cores: roles[role].cores, source: 'the demo' } },
    ];
    return new Map([entry('victim'), entry('neighbour')]);
  }

  /** Starts the program of a role in its cgroup; its threads exist and sleep when this resolves. */
  async prepare(role: Role): Promise<WorkloadProcess> {
    const { kind, threads } = roles[role];
    const workload = await WorkloadProcess.launch({ kind, threads });
    this.#workloads.set(role, workload);
    this.#scratch.place(this.#paths[role], workload.pid);
    await workload.prepare();
    return workload;
  }

  /** Ends the programs and removes the cgroups. */
  async close(): Promise<void> {
    await Promise.all([...this.#workloads.values()].map((workload) => workload.end()));
    await this.#scratch.close();
  }
}

/** The kubelet's cpu.shares on v1; on v2 what runtimes make of it. */
function kubernetesWeight(layout: CgroupLayout, cores: number): CpuWeight {
  const shares = sharesFromCores(cores);
  return layout.version === 'v2'
    ? { kind: 'weight', weight: weightFromSharesLinear(shares) }
    : { kind: 'shares', shares };
}

/** Cgroups with loads in them, read by both tiers, for one scenario. */
import { readFileSync, statSync } from 'node:fs';
import type { CgroupLayout } from '../../host/cgroup-layout.ts';
import { readCgroupLayout } from '../../host/cgroup-layout.ts';
import type { CgroupSettings } from '../../host/cgroup-settings.ts';
import type { Clock } from '../../host/clock.ts';
import type { ExactReader, ExactReading } from '../../host/exact-reader.ts';
import { fixedReservations, type FixedReservation } from '../../host/fixed-reservations.ts';
import { defaultRoots } from '../../host/roots.ts';
import { SampleReader } from '../../host/sample-reader.ts';
import { ScratchCgroups } from '../../host/scratch-cgroups.ts';
import { cpuSetOf, parseCpuSet } from '../../kernel/cpu-set.ts';
import type { CpuWeight, Sample } from '../../kernel/sample.ts';
import { WorkloadProcess } from '../workloads/workload-process.ts';
import { PlacedProgram } from './placed-program.ts';
import type { ScenarioContainer, TruthScenario } from './scenarios.ts';

/** Four times what the containers of a scenario weigh together: other processes hardly disturb it. */
const parentShares = 4096;
const periodUsec = 100_000;

type Load = WorkloadProcess | PlacedProgram;

export interface TruthContainer {
  readonly name: string;
  readonly path: string;
  /** The cgroup that its threads are in: its own or one below it. */
  readonly home: string;
  /** Of `home`. */
  readonly cgroupId: bigint;
}

/** Both tiers at about the same moment. */
export interface TruthReading {
  readonly exact: ExactReading;
  readonly sample: Sample;
  /** How long the kernel files took. */
  readonly sampleSeconds: number;
}

export class TruthHost {
  readonly #reader: SampleReader;
  readonly #exact: ExactReader;
  readonly #clock: Clock;
  readonly #layout: CgroupLayout;
  readonly #scratch: ScratchCgroups;
  readonly #loads = new Set<Load>();
  readonly #reservations = new Map<string, FixedReservation>();

  static async open(clock: Clock, exact: ExactReader): Promise<TruthHost> {
    const layout = readCgroupLayout(defaultRoots);
    if (!layout) throw new Error('no cgroup hierarchy with the cpu controller');
    const scratch = await ScratchCgroups.open({
      layout,
      clock,
      proc: defaultRoots.proc,
      prefix: 'cpugap-truth',
      settings: { weight: weightOf(layout, parentShares) },
    });
    return new TruthHost(layout, scratch, clock, exact);
  }

  private constructor(layout: CgroupLayout, scratch: ScratchCgroups, clock: Clock, exact: ExactReader) {
    this.#layout = layout;
    this.#scratch = scratch;
    this.#clock = clock;
    this.#exact = exact;
    const reservations = fixedReservations(this.#reservations);
    this.#reader = new SampleReader({ roots: defaultRoots, clock, reservations });
  }

  /** Makes the containers with their loads, asleep. */
  async prepare({ containers }: TruthScenario): Promise<readonly TruthContainer[]> {
    const prepared: TruthContainer[] = [];
    for (const container of containers) prepared.push(await this.#prepare(container));
    return prepared;
  }

  /** Throws where the programs cannot be read. */
  read(): TruthReading {
    const exact = this.#exact.read();
    if (exact.kind === 'none') throw new Error(exact.reason);
    const startNs = this.#clock.monotonicNs();
    const sample = this.#reader.read(() => true);
    return { exact, sample, sampleSeconds: Number(this.#clock.monotonicNs() - startNs) / 1e9 };
  }

  /** Starts all loads at the same moment. */
  async start(): Promise<void> {
    await Promise.all([...this.#loads].map(async (load) => load.start()));
  }

  /** The container, by name, of every thread of every load, as of now. */
  threads(containers: readonly TruthContainer[]): ReadonlyMap<number, string> {
    const entries = containers.flatMap(({ name, home }) =>
      this.#tidsOf(home).map((tid) => [tid, name] as const),
    );
    return new Map(entries);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#loads].map((load) => load.end()));
  }

  async close(): Promise<void> {
    this.#reader.close();
    await this.stop();
    await this.#scratch.close();
  }

  #tidsOf(cgroup: string): readonly number[] {
    const [first] = ['tasks', 'cgroup.threads'].flatMap((file) => {
      try {
        return [readFileSync(`${this.#layout.cpu}${cgroup}/${file}`, 'utf8')];
      } catch {
        // The other version's name, or no such cgroup.
        return [];
      }
    });
    return (first ?? '').split('\n').filter(Boolean).map(Number);
  }

  async #prepare(container: ScenarioContainer): Promise<TruthContainer> {
    const path = this.#scratch.create(container.name, settingsOf(this.#layout, container));
    const home = container.nested === true ? this.#scratch.create(`${container.name}/inner`) : path;
    this.#reservations.set(path, {
      name: container.name,
      reservation: { cores: container.reserved, source: 'the scenario' },
    });
    const { load } = container;
    if (isWords(load)) {
      const program = await PlacedProgram.launch(load);
      this.#loads.add(program);
      this.#scratch.place(home, program.pid);
    } else {
      const workload = await WorkloadProcess.launch(load);
      this.#loads.add(workload);
      this.#scratch.place(home, workload.pid);
      await workload.prepare();
    }
    const { ino: cgroupId } = statSync(`${this.#layout.cpu}${home}`, { bigint: true });
    return { name: container.name, path, home, cgroupId };
  }
}

const isWords = (load: ScenarioContainer['load']): load is readonly [string, ...string[]] =>
  Array.isArray(load);

function settingsOf(layout: CgroupLayout, container: ScenarioContainer): CgroupSettings {
  const { shares = 1024, quotaCores } = container;
  const online = parseCpuSet(readFileSync('/sys/devices/system/cpu/online', 'utf8').trim()).cpus;
  return {
    weight: weightOf(layout, shares),
    ...(quotaCores !== undefined && {
      quota: { quotaUsec: Math.round(quotaCores * periodUsec), periodUsec },
    }),
    ...(container.oneCpu === true && { allowedCpus: cpuSetOf(online.slice(-1)) }),
  };
}

function weightOf(layout: CgroupLayout, shares: number): CpuWeight {
  if (layout.version !== 'v2') return { kind: 'shares', shares };
  return { kind: 'weight', weight: Math.round((shares * 100) / 1024) };
}

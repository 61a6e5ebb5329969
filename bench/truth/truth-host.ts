/** Cgroups with loads in them, read by both tiers, for one scenario. */
import { readFileSync } from 'node:fs';
import type { CgroupLayout } from '../../host/cgroup-layout.ts';
import { readCgroupLayout } from '../../host/cgroup-layout.ts';
import type { CgroupSettings } from '../../host/cgroup-settings.ts';
import type { Clock } from '../../host/clock.ts';
import type { ExactReader } from '../../host/exact-reader.ts';
import { fixedReservations, type FixedReservation } from '../../host/fixed-reservations.ts';
import { defaultRoots } from '../../host/roots.ts';
import { SampleReader } from '../../host/sample-reader.ts';
import { ScratchCgroups } from '../../host/scratch-cgroups.ts';
import { cpuSetOf, parseCpuSet } from '../../kernel/cpu-set.ts';
import type { CpuWeight } from '../../kernel/sample.ts';
import { WorkloadProcess } from '../workloads/workload-process.ts';
import { PlacedProgram } from './placed-program.ts';
import type { ScenarioContainer, TruthScenario } from './scenarios.ts';

/** Four times what the containers of a scenario weigh together: other processes hardly disturb it. */
const parentShares = 4096;
const periodUsec = 100_000;

type Load = WorkloadProcess | PlacedProgram;

export class TruthHost {
  readonly reader: SampleReader;
  readonly #layout: CgroupLayout;
  readonly #scratch: ScratchCgroups;
  readonly #loads = new Map<Load, string>();
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
    const reservations = fixedReservations(this.#reservations);
    this.reader = new SampleReader({ roots: defaultRoots, clock, reservations, exact });
  }

  /** Makes the containers with their loads, asleep. Returns the containers' paths in order. */
  async prepare({ containers }: TruthScenario): Promise<readonly string[]> {
    const paths: string[] = [];
    for (const container of containers) paths.push(await this.#prepare(container));
    return paths;
  }

  /** Starts all loads at the same moment. */
  async start(): Promise<void> {
    await Promise.all([...this.#loads.keys()].map(async (load) => load.start()));
  }

  /** The container of every thread of every load, as of now. */
  threads(): ReadonlyMap<number, string> {
    const threads = new Map<number, string>();
    for (const path of this.#loads.values()) {
      for (const cgroup of [path, `${path}/inner`]) {
        for (const tid of this.#tidsOf(cgroup)) threads.set(tid, path);
      }
    }
    return threads;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#loads.keys()].map((load) => load.end()));
  }

  async close(): Promise<void> {
    this.reader.close();
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

  async #prepare(container: ScenarioContainer): Promise<string> {
    const path = this.#scratch.create(container.name, settingsOf(this.#layout, container));
    const home = container.nested === true ? this.#scratch.create(`${container.name}/inner`) : path;
    this.#reservations.set(path, {
      name: container.name,
      reservation: { cores: container.reserved, source: 'the scenario' },
    });
    const { load } = container;
    if (isWords(load)) {
      const program = await PlacedProgram.launch(load);
      this.#loads.set(program, path);
      this.#scratch.place(home, program.pid);
    } else {
      const workload = await WorkloadProcess.launch(load);
      this.#loads.set(workload, path);
      this.#scratch.place(home, workload.pid);
      await workload.prepare();
    }
    return path;
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

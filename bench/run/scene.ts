/** One trial's cgroups and loads. Made anew for each trial, so that no trial inherits anything of the one before. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { CgroupLayout } from '../../host/cgroup-layout.ts';
import {
  applyCgroupSettings,
  enableControllers,
  readAvailableControllers,
} from '../../host/cgroup-writer.ts';
import type { Clock } from '../../host/clock.ts';
import type { FixedReservation } from '../../host/fixed-reservations.ts';
import { ScratchCgroups } from '../../host/scratch-cgroups.ts';
import type { CpuSet } from '../../kernel/cpu-set.ts';
import type { PreparedScene, SceneFacts } from '../arms/arm.ts';
import { containerOf } from '../arms/layout.ts';
import { planPodTree, type PlacedPod } from '../scenarios/pod-tree.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { cgroupSettingsOf } from './cgroup-setting.ts';
import { launchLoad } from './launch-load.ts';
import type { LoadContext, RunningLoad } from './load.ts';

export interface SceneOptions {
  readonly scenario: Scenario;
  readonly cpus: CpuSet;
  readonly layout: CgroupLayout;
  readonly clock: Clock;
  readonly proc: string;
}

const prefix = 'cpugap-bench';
const rootName = 'kubepods';

export class Scene {
  readonly facts: SceneFacts;
  readonly rootPath: string;
  readonly folder: string;
  readonly #scratch: ScratchCgroups;
  readonly #layout: CgroupLayout;
  readonly #loads: RunningLoad[] = [];

  /** Makes the cgroups, after removing what a killed run left. Throws CgroupWriteError. */
  static async open({ scenario, cpus, layout, clock, proc }: SceneOptions): Promise<Scene> {
    const tree = planPodTree([scenario.victim, ...scenario.neighbours], cpus, layout.version);
    const [victim, ...neighbours] = tree.pods;
    if (!victim) throw new RangeError(`${scenario.name} has no victim`);
    const settings = tree.machineSettings;
    const scratch = await ScratchCgroups.open({ layout, clock, proc, prefix, settings, endsLeftovers: true });
    try {
      const controllers = readAvailableControllers(layout).filter((name) => ['cpu', 'cpuset'].includes(name));
      const root = { path: rootName, settings: tree.rootSettings, isParent: true };
      const below = tree.groups.map((group) => ({ ...group, path: `${rootName}/${group.path}` }));
      for (const group of [root, ...below]) {
        const path = scratch.create(group.path, group.settings);
        if (group.isParent) enableControllers(layout, path, controllers);
      }
      const facts = { cpus, cgroupVersion: layout.version, victim, neighbours };
      return new Scene(facts, scratch, layout, makeFolder(proc));
    } catch (error) {
      await scratch.close();
      throw error;
    }
  }

  private constructor(facts: SceneFacts, scratch: ScratchCgroups, layout: CgroupLayout, folder: string) {
    this.facts = facts;
    this.rootPath = `${scratch.path}/${rootName}`;
    this.folder = folder;
    this.#scratch = scratch;
    this.#layout = layout;
  }

  /** As an arm sees it. */
  get prepared(): PreparedScene {
    return {
      facts: this.facts,
      rootPath: this.rootPath,
      apply: (path, setting) => {
        applyCgroupSettings(this.#layout, `${this.rootPath}/${path}`, cgroupSettingsOf(setting));
      },
    };
  }

  /** Path of a pod's container below the cgroup root. */
  pathOf(pod: PlacedPod): string {
    return `${this.rootPath}/${containerOf(pod)}`;
  }

  reservations(): ReadonlyMap<string, FixedReservation> {
    const pods = [this.facts.victim, ...this.facts.neighbours];
    return new Map(
      pods.map((pod) => [
        this.pathOf(pod),
        { name: pod.name, reservation: { cores: pod.cores, source: 'the scenario' } },
      ]),
    );
  }

  /** Starts a load asleep in the pod's container. */
  async launch(
    pod: PlacedPod,
    load: Parameters<typeof launchLoad>[0],
    context: Omit<LoadContext, 'place' | 'folder' | 'cpus'>,
  ): Promise<RunningLoad> {
    const running = await launchLoad(load, {
      ...context,
      cpus: this.facts.cpus.cpus.length,
      folder: this.folder,
      place: (pid) => {
        this.#scratch.place(this.pathOf(pod), pid);
      },
    });
    this.#loads.push(running);
    return running;
  }

  async close(): Promise<void> {
    await Promise.all(this.#loads.map((load) => load.end()));
    await this.#scratch.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Named after this process; those of processes that are gone are removed. */
function makeFolder(proc: string): string {
  const alive = new Set(readdirSync(proc));
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = new RegExp(`^${prefix}-([0-9]+)$`).exec(name) ?? [];
    if (pid !== undefined && !alive.has(pid)) rmSync(`${tmpdir()}/${name}`, { recursive: true, force: true });
  }
  const folder = `${tmpdir()}/${prefix}-${process.pid}`;
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
}

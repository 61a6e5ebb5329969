/**
 * The second half of the demo: the tuner itself, impatient, on the two cgroups of the scene. It watches, takes the mildest
 * remedy that is predicted to work, steers it, measures what came of it, and gives every file back as it was.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CgroupLayout } from '../../host/cgroup-layout.ts';
import type { Clock } from '../../host/clock.ts';
import { pathsDownTo, readGroupSettings } from '../../host/group-settings.ts';
import type { HostRoots } from '../../host/roots.ts';
import { readTopology } from '../../host/topology-reader.ts';
import { emptyCpuSet } from '../../kernel/cpu-set.ts';
import type { Sample } from '../../kernel/sample.ts';
import { applyPlan, currentJournal } from '../../tuner/actuation/apply-plan.ts';
import type { ActuationHost } from '../../tuner/actuation/actuation-host.ts';
import { baselinesOf } from '../../tuner/actuation/baselines.ts';
import { restore } from '../../tuner/actuation/restore.ts';
import type { Receipt } from '../../tuner/experiment/receipt.ts';
import { defaultLoopOptions, type LoopStep } from '../../tuner/loop.ts';
import { manageEverything } from '../../tuner/observation/exclusions.ts';
import { viewFromSamples } from '../../tuner/observation/make-view.ts';
import type { NodeView } from '../../tuner/observation/node-view.ts';
import { describePlan, type DryPlan } from '../../tuner/plan-once.ts';
import type { PlannedWrite } from '../../tuner/plan/plan.ts';
import { defaultWeightOptions } from '../../tuner/policy/hold-weights.ts';
import { defaultPatience } from '../../tuner/policy/ladder-memory.ts';
import { defaultTargets } from '../../tuner/policy/needs.ts';
import { runLoop } from '../../tuner/run-loop.ts';
import { openActuationHost } from '../tuner/node.ts';
import { planTools } from '../tuner/tools.ts';

export interface TuneOptions {
  readonly roots: HostRoots;
  readonly layout: CgroupLayout;
  readonly clock: Clock;
  readonly managedRoot: string;
  /** How long it watches before it may act. */
  readonly watchSeconds: number;
  /** How long it measures afterwards. */
  readonly measureSeconds: number;
  readonly signal: AbortSignal;
  /** Lets a window pass and reads the host. */
  readonly nextSample: (text: string) => Promise<Sample>;
}

export interface TunedScene {
  /** What the first change was predicted to do; absent: it saw no need. */
  readonly plan?: DryPlan<unknown>;
  /** Everything that was written, in order. */
  readonly writes: readonly PlannedWrite[];
  /** The samples at both ends of the time after it had settled. */
  readonly after?: readonly [Sample, Sample];
  readonly receipt?: Receipt;
  /** Every control file of the scene holds the bytes that it held before. */
  readonly restored: boolean;
  readonly failure?: string;
}

/** Between two looks of the tuner. */
export const tunerWindowSeconds = 2;
const windowSeconds = tunerWindowSeconds;
const mostSteerSeconds = 12;

/** A weight takes its steps one window at a time. */
const steerSecondsOf = (measureSeconds: number): number => Math.min(mostSteerSeconds, 3 * measureSeconds);

/** How long the tuner takes: it watches, acts and steers, measures. */
export const tuningSeconds = (watchSeconds: number, measureSeconds: number): number =>
  watchSeconds + steerSecondsOf(measureSeconds) + measureSeconds + 3 * windowSeconds;

const controlFiles = ['cpu.shares', 'cpu.weight', 'cpu.idle', 'cpu.cfs_quota_us', 'cpu.max', 'cpuset.cpus'];

/** @param first the sample at which it begins to watch. Throws what nextSample throws; gives everything back all the same. */
export async function tuneScene(first: Sample, options: TuneOptions): Promise<TunedScene> {
  removeLeftStates();
  const stateFolder = mkdtempSync(join(tmpdir(), `${statePrefix}${process.pid}-`));
  const host = openActuationHost(options.roots, stateFolder);
  const original = readControls(options);
  try {
    const scene = new Watched(first, host, options);
    const failure = await scene.run();
    await restore(host);
    return {
      ...scene.result,
      restored: readControls(options) === original,
      ...(failure !== undefined && { failure }),
    };
  } finally {
    await restore(host);
    rmSync(stateFolder, { recursive: true, force: true });
  }
}

const statePrefix = 'cpugap-demo-state-';

/** What killed demos left: their cgroups are gone or will be, so there is nothing to give back. */
function removeLeftStates(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(statePrefix) ? /^\d+/.exec(name.slice(statePrefix.length))?.[0] : undefined;
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    }
  }
}

/** One run of the loop, with what it saw and did. */
class Watched {
  readonly #host: ActuationHost;
  readonly #options: TuneOptions;
  readonly #samples: Sample[];
  readonly #writes: PlannedWrite[] = [];
  #plan: DryPlan<unknown> | undefined;
  #appliedNs: bigint | undefined;
  #receipt: Receipt | undefined;
  #view: NodeView | undefined;

  constructor(first: Sample, host: ActuationHost, options: TuneOptions) {
    this.#samples = [first];
    this.#host = host;
    this.#options = options;
  }

  /** Returns why it stopped early. */
  async run(): Promise<string | undefined> {
    const { clock, signal, watchSeconds, measureSeconds } = this.#options;
    const tools = planTools({
      policy: 'ladder',
      // The scene lasts less than a minute: what the tuner would confirm for long is confirmed by the first half.
      patience: { ...defaultPatience, confirmSeconds: watchSeconds - windowSeconds },
      weights: { ...defaultWeightOptions, periodSeconds: windowSeconds, damping: 0.8 },
      targets: { ...defaultTargets, smoothSeconds: windowSeconds },
    });
    const startNs = clock.monotonicNs();
    const mostSeconds = tuningSeconds(watchSeconds, measureSeconds);
    const steerSeconds = this.#steerSeconds;
    const end = await runLoop(
      {
        observe: () => this.#observe(),
        baseline: () => baselinesOf(currentJournal(this.#host)),
        apply: async (plan) => {
          const result = await applyPlan(this.#host, plan, { apply: true, signal });
          return result.kind === 'refused' || result.kind === 'rolled_back' ? result.why : undefined;
        },
        restore: async () => {
          await restore(this.#host);
        },
        report: (step) => {
          this.#note(step, tools);
        },
        nowSeconds: () => Number(clock.monotonicNs()) / 1e9,
        sleep: () => Promise.resolve(),
        isStopping: () =>
          this.#receipt !== undefined || Number(clock.monotonicNs() - startNs) / 1e9 >= mostSeconds,
      },
      tools,
      {
        ...defaultLoopOptions,
        isDryRun: false,
        intervalSeconds: 0,
        targets: { ...defaultTargets, smoothSeconds: windowSeconds },
        timing: {
          settleSeconds: steerSeconds / 2,
          settleWeightsSeconds: steerSeconds,
          compareSeconds: measureSeconds,
        },
      },
    );
    return end.failure;
  }

  get #steerSeconds(): number {
    return steerSecondsOf(this.#options.measureSeconds);
  }

  get result(): Omit<TunedScene, 'restored' | 'failure'> {
    const settledNs =
      this.#appliedNs === undefined ? undefined : this.#appliedNs + BigInt(this.#steerSeconds * 1e9);
    const settled = settledNs && this.#samples.find(({ monotonicNs }) => monotonicNs >= settledNs);
    const last = this.#samples.at(-1);
    return {
      writes: this.#writes,
      ...(this.#plan && { plan: this.#plan }),
      ...(this.#receipt && { receipt: this.#receipt }),
      ...(settled && last && settled !== last && { after: [settled, last] }),
    };
  }

  async #observe(): Promise<NodeView> {
    const { layout, roots, managedRoot, clock } = this.#options;
    const previous = this.#samples.at(-1);
    const sample = await this.#options.nextSample(this.#describe());
    this.#samples.push(sample);
    const paths = pathsDownTo(
      sample.containers.map(({ path }) => path),
      managedRoot,
    );
    this.#view = viewFromSamples(
      previous ?? sample,
      sample,
      {
        topology: readTopology(roots),
        reservedCpus: emptyCpuSet,
        managedRoot,
        rules: manageEverything,
        baseline: baselinesOf(currentJournal(this.#host)),
        nowMs: clock.wallTimeMs(),
      },
      readGroupSettings(layout, paths),
    );
    return this.#view;
  }

  #note(step: LoopStep<unknown>, tools: ReturnType<typeof planTools>): void {
    [this.#receipt] = step.receipts;
    if (step.action !== 'apply' || step.plan.writes.length === 0) return;
    this.#writes.push(...step.plan.writes);
    if (this.#appliedNs !== undefined || !this.#view || !step.decision) return;
    this.#appliedNs = this.#options.clock.monotonicNs();
    this.#plan = describePlan(this.#view, baselinesOf(currentJournal(this.#host)), step.decision, tools);
  }

  #describe(): string {
    if (this.#appliedNs === undefined) return 'beside its neighbour: the tuner watches';
    const seconds = Number(this.#options.clock.monotonicNs() - this.#appliedNs) / 1e9;
    return seconds < this.#steerSeconds ? 'the tuner steers' : 'measuring what came of it';
  }
}

/** Every control file of the scene's cgroups as one text. */
function readControls({ layout, managedRoot }: TuneOptions): string {
  const folders = [layout.cpu, layout.cpuset].filter((folder) => folder !== undefined);
  const paths = ['', '/victim', '/neighbour'].map((name) => `${managedRoot}${name}`);
  return folders
    .flatMap((folder) => paths.flatMap((path) => controlFiles.map((file) => `${folder}${path}/${file}`)))
    .map((path) => `${path}: ${textOf(path)}`)
    .join('\n');
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return 'absent';
  }
}

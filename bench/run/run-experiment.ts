/** All scenarios, one after the other, each in blocks of all its arms until it is known well enough or its time is spent. */
import { CgroupWriteError } from '../../host/cgroup-writer.ts';
import type { Arm } from '../arms/arm.ts';
import { outcomeOf } from '../report/outcome.ts';
import { planPodTree } from '../scenarios/pod-tree.ts';
import { requestedCores, usualRate, type PodSpec, type Scenario } from '../scenarios/scenario.ts';
import { decideNextBlock } from '../statistics/enough-trials.ts';
import { seededRandom, type Random } from '../statistics/random.ts';
import { cellsOf, isSameCell, planBlock, type Cell } from './plan-block.ts';
import { describeLoad } from './requirements.ts';
import type { ArmFacts, PodFacts, ScenarioResult, Trial } from './result.ts';
import { runTrial, TrialInterrupted, type TrialPlan, type TrialSurroundings } from './trial.ts';

export interface ExperimentOptions extends TrialSurroundings {
  readonly arms: readonly Arm[];
  readonly sweep: boolean;
  readonly seed: number;
  /** For one scenario. */
  readonly budgetSeconds: number;
  readonly onTrial: (plan: TrialPlan, spentSeconds: number) => void;
}

export interface ExperimentResult {
  readonly scenario: ScenarioResult;
  readonly interrupted: boolean;
  readonly noExactReason?: string;
}

/** Trials of one scenario; what was measured before an interruption or a failure is kept. */
export async function runScenario(scenario: Scenario, options: ExperimentOptions): Promise<ExperimentResult> {
  const experiment = new Experiment(scenario, options);
  const ended = await experiment.run();
  return {
    scenario: experiment.result(ended),
    interrupted: ended === 'interrupted',
    ...(experiment.noExactReason !== undefined && { noExactReason: experiment.noExactReason }),
  };
}

class Experiment {
  noExactReason: string | undefined;
  readonly #scenario: Scenario;
  readonly #options: ExperimentOptions;
  readonly #arms: readonly ArmFacts[];
  readonly #cells: readonly Cell[];
  readonly #random: Random;
  readonly #startedNs: bigint;
  readonly #trials: Trial[] = [];

  constructor(scenario: Scenario, options: ExperimentOptions) {
    this.#scenario = scenario;
    this.#options = options;
    this.#arms = describeArms(scenario, options);
    const isTried = ({ name }: Arm): boolean =>
      this.#arms.some((facts) => facts.name === name && facts.notApplicable === undefined);
    this.#cells = cellsOf(options.arms.filter(isTried), ratesOf(scenario, options.sweep));
    this.#random = seededRandom(options.seed);
    this.#startedNs = options.clock.monotonicNs();
  }

  /** Why it ended. */
  async run(): Promise<string> {
    try {
      const [first] = this.#cells;
      if (!first) return 'no arm can be tried here';
      await this.#try(first, -1);
      for (let block = 0; ; block++) {
        const decision = this.#decide(block);
        if (decision !== 'run') return decision;
        for (const cell of planBlock(this.#cells, this.#random)) await this.#try(cell, block);
        await this.#repeatDisturbed(block);
      }
    } catch (error) {
      // Ctrl-C reaches the loads too, and they may end before this process has heard of it.
      if (error instanceof TrialInterrupted || this.#options.signal.aborted) return 'interrupted';
      // Without the rights to make cgroups nothing can be measured at all; any other failure ends this scenario.
      if (error instanceof CgroupWriteError && this.#trials.length === 0) throw error;
      return error instanceof Error ? error.message : String(error);
    }
  }

  result(ended: string): ScenarioResult {
    const { name, summary, outcome, expects, published = [], victim, neighbours } = this.#scenario;
    const cpus = this.#options.placement.sceneCpus.cpus.length;
    return {
      name,
      summary,
      outcome,
      expects,
      published,
      pods: [victim, ...neighbours].map((pod) => podFacts(pod, cpus)),
      arms: this.#arms,
      trials: this.#trials,
      ended,
    };
  }

  #decide(blocksDone: number): ReturnType<typeof decideNextBlock> {
    const values = this.#cells.map((cell) =>
      this.#trials.flatMap((trial) => {
        const counts = isSameCell(cell, trial) && !trial.discarded && trial.disturbances.length === 0;
        return counts ? (outcomeOf(trial, this.#scenario.outcome) ?? []) : [];
      }),
    );
    const spentSeconds = this.#spentSeconds();
    const blockSeconds = (spentSeconds / Math.max(1, this.#trials.length)) * this.#cells.length;
    const leftSeconds = this.#options.budgetSeconds - spentSeconds;
    return decideNextBlock(values, { leftSeconds, blockSeconds, blocksDone });
  }

  /** Once more each, while there is time; the first try stays on record. */
  async #repeatDisturbed(block: number): Promise<void> {
    const disturbed = this.#cells.filter((cell) =>
      this.#trials.some(
        (trial) => trial.block === block && isSameCell(cell, trial) && trial.disturbances.length > 0,
      ),
    );
    for (const cell of disturbed) {
      const trialSeconds = this.#spentSeconds() / this.#trials.length;
      if (this.#spentSeconds() + trialSeconds > this.#options.budgetSeconds) return;
      await this.#try(cell, block);
    }
  }

  async #try(cell: Cell, block: number): Promise<void> {
    if (this.#options.signal.aborted) throw new TrialInterrupted('interrupted');
    const plan: TrialPlan = {
      scenario: this.#scenario,
      ...cell,
      block: Math.max(block, 0),
      discarded: block < 0,
      seed: Math.floor(this.#random() * 2 ** 31),
    };
    this.#options.onTrial(plan, this.#spentSeconds());
    const { trial, noExactReason } = await runTrial(plan, this.#options);
    this.#trials.push(trial);
    this.noExactReason = noExactReason;
  }

  #spentSeconds(): number {
    return Number(this.#options.clock.monotonicNs() - this.#startedNs) / 1e9;
  }
}

function describeArms(
  scenario: Scenario,
  { arms, placement, layout }: ExperimentOptions,
): readonly ArmFacts[] {
  const cpus = placement.sceneCpus;
  const [victim, ...neighbours] = planPodTree(
    [scenario.victim, ...scenario.neighbours],
    cpus,
    layout.version,
  ).pods;
  if (!victim) return [];
  const facts = { cpus, cgroupVersion: layout.version, victim, neighbours };
  return arms.map(({ name, summary, notApplicable, note }) => {
    const [reason, remark] = [notApplicable(facts), note?.(facts)];
    return {
      name,
      summary,
      ...(reason !== undefined && { notApplicable: reason }),
      ...(remark !== undefined && { note: remark }),
    };
  });
}

function ratesOf({ victim }: Scenario, sweep: boolean): readonly number[] {
  if (victim.load.kind !== 'server') return [];
  return sweep ? victim.load.rates : [usualRate(victim.load.rates)];
}

function podFacts(pod: PodSpec, cpus: number): PodFacts {
  const cores = requestedCores(pod, cpus);
  return {
    name: pod.name,
    requestedCores: cores,
    ...(pod.limit === 'request' && { limitCores: cores }),
    load: describeLoad(pod.load, cpus),
  };
}

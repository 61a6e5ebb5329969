/** One trial: a scene, an arm, a window, and what came of it. */
import { ExactReader } from '../../host/exact-reader.ts';
import type { CgroupLayout } from '../../host/cgroup-layout.ts';
import type { Clock } from '../../host/clock.ts';
import { fixedReservations } from '../../host/fixed-reservations.ts';
import type { HostRoots } from '../../host/roots.ts';
import { SampleReader } from '../../host/sample-reader.ts';
import type { Sample } from '../../kernel/sample.ts';
import { deriveHostLedger } from '../../ledger/derive.ts';
import type { ContainerLedger, HostLedger } from '../../ledger/ledger.ts';
import type { Arm } from '../arms/arm.ts';
import type { LoadWindow } from '../load/generator-process.ts';
import type { GeneratorPlacement } from '../load/placement.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { LoadMeasure, RunningLoad } from './load.ts';
import type { GapMoment, Trial } from './result.ts';
import { Scene } from './scene.ts';
import { disturbancesOf, gapMoment, generatorFacts, hostMeasure, podMeasure } from './trial-measures.ts';

export interface TrialSurroundings {
  readonly roots: HostRoots;
  readonly layout: CgroupLayout;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly placement: GeneratorPlacement;
  readonly onlineCpuCount: number;
  readonly settleSeconds: number;
  readonly windowSeconds: number;
}

export interface TrialPlan {
  readonly scenario: Scenario;
  readonly arm: Arm;
  readonly block: number;
  readonly ratePerSecond?: number;
  readonly seed: number;
  readonly discarded: boolean;
}

/** The run was cut short by the signal; everything the trial made is gone. */
export class TrialInterrupted extends Error {
  override readonly name = 'TrialInterrupted';
}

const sampleEveryNs = 1_000_000_000n;

/** Always removes what it made. Throws TrialInterrupted, CgroupWriteError, and what a load says when it dies. */
export async function runTrial(
  plan: TrialPlan,
  around: TrialSurroundings,
): Promise<{ readonly trial: Trial; readonly noExactReason?: string }> {
  const { placement, layout, clock, roots } = around;
  const cpus = placement.sceneCpus;
  const scene = await Scene.open({ scenario: plan.scenario, cpus, layout, clock, proc: roots.proc });
  let undo = (): Promise<void> => Promise.resolve();
  try {
    const [victim, ...neighbours] = await launchLoads(scene, plan, around);
    if (!victim) throw new RangeError('a scene needs a victim');
    undo = await plan.arm.prepare(scene.prepared);
    return await measure(scene, plan, around, victim, neighbours);
  } finally {
    await undo();
    await scene.close();
  }
}

async function launchLoads(
  scene: Scene,
  plan: TrialPlan,
  around: TrialSurroundings,
): Promise<readonly RunningLoad[]> {
  const { scenario, arm, seed, ratePerSecond } = plan;
  const { placement, settleSeconds, windowSeconds } = around;
  const context = {
    settleSeconds,
    windowSeconds,
    seed,
    generatorPrefix: placement.prefix,
    ...(placement.realTime && { realTime: placement.realTime }),
    ...(ratePerSecond !== undefined && { perSecond: ratePerSecond }),
  };
  const { victim, neighbours } = scene.facts;
  const loads = [await scene.launch(victim, scenario.victim.load, context)];
  if (!arm.startsNeighbours) return loads;
  for (const [index, pod] of neighbours.entries()) {
    const spec = scenario.neighbours[index];
    if (spec) loads.push(await scene.launch(pod, spec.load, context));
  }
  return loads;
}

async function measure(
  scene: Scene,
  plan: TrialPlan,
  around: TrialSurroundings,
  victim: RunningLoad,
  neighbours: readonly RunningLoad[],
): Promise<{ readonly trial: Trial; readonly noExactReason?: string }> {
  const { roots, clock } = around;
  const reader = new SampleReader({
    roots,
    clock,
    reservations: fixedReservations(scene.reservations()),
    exact: new ExactReader(),
  });
  try {
    for (const neighbour of neighbours) await neighbour.start();
    const window = (await victim.start()) ?? windowFromNow(around);
    await sleepUntil(window.fromNs, around);
    const loads = [victim, ...neighbours];
    await Promise.all(loads.map((load) => load.begin()));
    const usedBefore = process.cpuUsage();
    const samples = await readSamples(reader, window, around);
    const used = process.cpuUsage(usedBefore);
    const measures: LoadMeasure[] = [];
    for (const load of loads) measures.push(await load.finish(window));
    const ownSeconds = (used.user + used.system) / 1e6;
    const trial = trialOf(scene, plan, around, samples, measures, ownSeconds);
    const { noExactReason } = reader;
    return { trial, ...(noExactReason !== undefined && { noExactReason }) };
  } finally {
    reader.close();
  }
}

function windowFromNow({ clock, settleSeconds, windowSeconds }: TrialSurroundings): LoadWindow {
  const fromNs = clock.monotonicNs() + BigInt(Math.round(settleSeconds * 1e9));
  return { fromNs, toNs: fromNs + BigInt(Math.round(windowSeconds * 1e9)) };
}

/** One at the start, one each second, one at the end. */
async function readSamples(
  reader: SampleReader,
  window: LoadWindow,
  around: TrialSurroundings,
): Promise<readonly Sample[]> {
  const samples = [reader.read(() => true)];
  for (let atNs = window.fromNs + sampleEveryNs; atNs < window.toNs; atNs += sampleEveryNs) {
    await sleepUntil(atNs, around);
    samples.push(reader.read(() => true));
  }
  await sleepUntil(window.toNs, around);
  return [...samples, reader.read(() => true)];
}

async function sleepUntil(atNs: bigint, { clock, signal }: TrialSurroundings): Promise<void> {
  await clock.sleep(Number(atNs - clock.monotonicNs()) / 1e6, signal);
  if (signal.aborted) throw new TrialInterrupted('interrupted');
}

function trialOf(
  scene: Scene,
  plan: TrialPlan,
  around: TrialSurroundings,
  samples: readonly Sample[],
  [victimLoad = {}, ...neighbourLoads]: readonly LoadMeasure[],
  ownSeconds: number,
): Trial {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last) throw new RangeError('a window needs two samples');
  const ledger = deriveHostLedger(first, last);
  const { victim, neighbours } = scene.facts;
  const victimLedger = ledgerAt(ledger, scene.pathOf(victim));
  const neighbourLedgers = neighbours.map((pod) => ledgerAt(ledger, scene.pathOf(pod)));
  const generator = victimLoad.generator && generatorFacts(victimLoad.generator);
  const ownCores = ownSeconds / ledger.windowSeconds + (generator?.cores ?? 0);
  const measures = {
    windowSeconds: ledger.windowSeconds,
    victim: podMeasure(victimLedger, victimLoad),
    host: hostMeasure(ledger, [victimLedger, ...neighbourLedgers], ownCores),
    ...(generator && { generator }),
  };
  return {
    block: plan.block,
    arm: plan.arm.name,
    ...(plan.ratePerSecond !== undefined && { ratePerSecond: plan.ratePerSecond }),
    discarded: plan.discarded,
    ...measures,
    neighbours: neighbourLedgers.map((each, index) => podMeasure(each, neighbourLoads[index] ?? {})),
    gapSeries: gapSeries(samples, scene.pathOf(victim)),
    disturbances: disturbancesOf(measures, around.onlineCpuCount, around.windowSeconds),
  };
}

function gapSeries(samples: readonly Sample[], path: string): readonly GapMoment[] {
  let atSeconds = 0;
  return samples.slice(1).flatMap((sample, index) => {
    const previous = samples[index];
    if (!previous) return [];
    const ledger = deriveHostLedger(previous, sample);
    atSeconds += ledger.windowSeconds;
    const victim = ledger.containers.find((container) => container.path === path);
    return victim ? [gapMoment(victim, atSeconds)] : [];
  });
}

function ledgerAt({ containers }: HostLedger, path: string): ContainerLedger {
  const found = containers.find((container) => container.path === path);
  if (!found) throw new Error(`the cgroup ${path} vanished while it was measured`);
  return found;
}

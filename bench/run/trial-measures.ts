/** From ledgers and loads to the measures of a trial. Pure. */
import type { ContainerLedger, GapCauses, HostLedger } from '../../ledger/ledger.ts';
import { gapCauses } from '../../ledger/ledger.ts';
import { findDisturbances, type Disturbance } from '../statistics/disturbance.ts';
import { percentileNs } from '../statistics/histogram.ts';
import type { GeneratorMeasure, LoadMeasure } from './load.ts';
import type { GapMoment, PodMeasure, Trial } from './result.ts';

export function podMeasure(ledger: ContainerLedger, load: LoadMeasure): PodMeasure {
  const cores = (seconds: number): number => seconds / ledger.windowSeconds;
  return {
    name: ledger.identity.name,
    ...(load.perSecond !== undefined && { perSecond: load.perSecond }),
    ...(load.latency && { latency: load.latency }),
    source: ledger.source,
    reservedCores: ledger.reservation?.cores ?? 0,
    receivedCores: cores(ledger.received),
    entitledCores: cores(ledger.entitled.estimate),
    gapCores: cores(ledger.gap.estimate),
    gapBounds: [cores(ledger.gap.low), cores(ledger.gap.high)],
    causes: causesInCores(ledger),
    phantomCores: cores(ledger.whereabouts.phantom),
    ...(ledger.latency && { waitP99Seconds: ledger.latency.p99Seconds }),
  };
}

export function gapMoment(ledger: ContainerLedger, atSeconds: number): GapMoment {
  return { atSeconds, causes: causesInCores(ledger) };
}

function causesInCores({ causes, windowSeconds }: ContainerLedger): GapCauses {
  const entries = gapCauses.map((cause) => [cause, causes[cause] / windowSeconds] as const);
  return Object.fromEntries(entries) as unknown as GapCauses;
}

export function generatorFacts(generator: GeneratorMeasure): NonNullable<Trial['generator']> {
  const { intended, unanswered, unsent, lateness, cores } = generator;
  return {
    intended,
    unanswered,
    unsent,
    latenessP50Ns: percentileNs(lateness, 0.5) ?? 0,
    latenessP99Ns: percentileNs(lateness, 0.99) ?? 0,
    cores,
  };
}

/** CPU time of everybody: what is neither of the scene, nor the generator's, nor ours is foreign. */
export function hostMeasure(
  ledger: HostLedger,
  scene: readonly ContainerLedger[],
  ownCores: number,
): Trial['host'] {
  const cores = (seconds: number): number => seconds / ledger.windowSeconds;
  const received = scene.reduce((sum, container) => sum + container.received, 0);
  return {
    busyCores: cores(ledger.host.busySeconds),
    idleCores: cores(ledger.host.idleSeconds),
    stealCores: cores(ledger.host.stealSeconds),
    foreignCores: Math.max(0, cores(ledger.host.busySeconds - received) - ownCores),
  };
}

export function disturbancesOf(
  trial: Pick<Trial, 'windowSeconds' | 'host' | 'generator' | 'victim'>,
  cpuCount: number,
  plannedSeconds: number,
): readonly Disturbance[] {
  const { windowSeconds, host, generator, victim } = trial;
  const latencyP50Ns = victim.latency && percentileNs(victim.latency, 0.5);
  return findDisturbances({
    windowSeconds,
    plannedSeconds,
    cpuCount,
    stealSeconds: host.stealCores * windowSeconds,
    foreignSeconds: host.foreignCores * windowSeconds,
    ...(generator && { latenessP99Ns: generator.latenessP99Ns }),
    ...(latencyP50Ns !== undefined && { latencyP50Ns }),
  });
}

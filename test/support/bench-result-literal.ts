/** A small result of a run, made up: what reports are tested on. */
import type { BenchResult, PodMeasure, ScenarioResult, Trial } from '../../bench/run/result.ts';
import { bucketOf } from '../../bench/statistics/histogram.ts';

const noCauses = { throttled: 0, runqueue_sharing: 0, self: 0, system: 0, steal: 0, unexplained: 0 };

export function podLiteral(name: string, overrides: Partial<PodMeasure> = {}): PodMeasure {
  return {
    name,
    source: 'exact',
    reservedCores: 1,
    receivedCores: 0.5,
    entitledCores: 0.7,
    gapCores: 0.2,
    gapBounds: [0.2, 0.2],
    causes: { ...noCauses, runqueue_sharing: 0.18, system: 0.02 },
    phantomCores: 0,
    ...overrides,
  };
}

/** All of its requests took `latencyMs`. */
export function trialLiteral(
  arm: string,
  block: number,
  latencyMs: number,
  overrides: Partial<Trial> = {},
): Trial {
  return {
    block,
    arm,
    discarded: false,
    windowSeconds: 4,
    victim: podLiteral('victim', { perSecond: 1000, latency: [[bucketOf(latencyMs * 1e6), 4000]] }),
    neighbours: [podLiteral('neighbour', { perSecond: arm === 'stock' ? 2000 : 1500, receivedCores: 1 })],
    gapSeries: [1, 2, 3].map((atSeconds) => ({ atSeconds, causes: { ...noCauses, runqueue_sharing: 0.2 } })),
    host: { busyCores: 1.9, idleCores: 0.1, stealCores: 0, foreignCores: 0 },
    disturbances: [],
    ...overrides,
  };
}

export const disturbed = { disturbances: [{ kind: 'steal', sentence: 'the hypervisor took 9 %' }] } as const;
export const late = { disturbances: [{ kind: 'generator_late', sentence: 'sent late' }] } as const;

export function scenarioLiteral(trials: readonly Trial[]): ScenarioResult {
  return {
    name: 'interactive-made-up/bursting-many-cpu',
    summary: 'a server <that> was never there',
    outcome: { kind: 'latency', unit: 'requests' },
    expects: ['stock: slow'],
    published: [{ what: 'faster', value: 'up to 13.7x' }],
    pods: [{ name: 'victim', requestedCores: 1, load: 'memcached, 2 threads, 16 connections' }],
    arms: [
      { name: 'solo', summary: 'alone' },
      { name: 'stock', summary: 'as it is' },
      { name: 'idle_class', summary: 'cpu.idle' },
      { name: 'quota', summary: 'no quota', notApplicable: 'the victim has no quota' },
    ],
    trials,
    ended: 'no_time',
  };
}

export function resultLiteral(trials: readonly Trial[]): BenchResult {
  return {
    schema: 'cpugap-bench',
    schemaVersion: 1,
    cpugapVersion: '0.1.0',
    command: 'cpugap bench run interactive-made-up',
    seed: 1,
    startedWallTimeMs: 1_790_000_000_000,
    endedWallTimeMs: 1_790_000_100_000,
    complete: true,
    host: {
      cpuModel: 'AMD EPYC',
      kernelRelease: '6.18.0',
      cpuCount: 2,
      cgroupVersion: 'hybrid',
      node: 'v24.0.0',
      programs: { memcached: '1.6.18' },
      generator: 'on CPU 0, which it shares with the scene, under SCHED_FIFO 20',
    },
    settings: { timeBudgetSeconds: 600, settleSeconds: 1, windowSeconds: 4 },
    scenarios: [scenarioLiteral(trials)],
  };
}

/** Five blocks of solo, stock and idle_class: 1, 10 and 2 ms, a little more in each block. */
export const fiveBlocks: readonly Trial[] = [0, 1, 2, 3, 4].flatMap((block) => [
  trialLiteral('solo', block, 1 + block / 10, {
    neighbours: [podLiteral('neighbour', { receivedCores: 0 })],
  }),
  trialLiteral('stock', block, 10 + block),
  trialLiteral('idle_class', block, 2 + block / 5),
]);

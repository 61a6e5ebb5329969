/** Random simulated hosts for property tests. They shrink: fewer CPUs, containers and workloads first. */
import { fc } from '../properties.ts';
import type { ContainerSpec, GroupSpec, HostSpec, QuotaSpec, StealSpec, Workload } from './spec.ts';

const ms = (low: number, high: number): fc.Arbitrary<number> =>
  fc.integer({ min: Math.round(low * 1000), max: Math.round(high * 1000) }).map((usec) => usec * 1000);
const threads = (most: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: most });
const jitter = fc.constantFrom(0, 0.1, 0.5);

const coupled = fc.oneof(
  fc.record({ kind: fc.constant('barrier' as const), threads: threads(6), workNs: ms(0.5, 20), jitter }),
  fc.record({
    kind: fc.constant('fork_join' as const),
    threads: threads(6),
    serialNs: ms(0.5, 20),
    parallelNs: ms(0.5, 20),
    jitter,
  }),
  fc.record({
    kind: fc.constant('pipeline' as const),
    threads: threads(5),
    workNs: ms(0.5, 10),
    tokens: fc.integer({ min: 1, max: 3 }),
    jitter,
  }),
  fc.record({
    kind: fc.constant('lock' as const),
    threads: threads(6),
    outsideNs: ms(0.5, 10),
    insideNs: ms(0.5, 10),
    jitter,
  }),
);

const independent = fc.oneof(
  fc.record({ kind: fc.constant('spin' as const), threads: threads(6) }),
  fc.record({
    kind: fc.constant('cycle' as const),
    threads: threads(10),
    periodNs: ms(5, 400),
    burstNs: ms(0.5, 200),
    together: fc.boolean(),
    jitter,
  }),
);

const churn = fc.record({
  kind: fc.constant('churn' as const),
  children: threads(4),
  periodNs: ms(5, 100),
  burstNs: ms(0.5, 50),
  jitter,
});

export const lastingWorkload: fc.Arbitrary<Workload> = fc.oneof(independent, coupled);
export const anyWorkload: fc.Arbitrary<Workload> = fc.oneof(
  { weight: 4, arbitrary: independent },
  { weight: 4, arbitrary: coupled },
  { weight: 1, arbitrary: churn },
);

const someCpus = (cpuCount: number): fc.Arbitrary<readonly number[]> =>
  fc
    .subarray(
      Array.from({ length: cpuCount }, (_, cpu) => cpu),
      { minLength: 1 },
    )
    .map((cpus) => [...cpus].sort((a, b) => a - b));

const quota: fc.Arbitrary<QuotaSpec> = fc.record({
  quotaNs: ms(10, 250),
  periodNs: fc.constantFrom(100_000_000, 100_000_000, 20_000_000),
});

const weight = fc.constantFrom(102, 512, 1024, 1536, 2048, 4096);

/** The record or nothing of it: left out rather than undefined, as the spec's optional fields ask. */
const sometimes = <T extends object>(value: fc.Arbitrary<T>): fc.Arbitrary<Partial<T>> =>
  fc.option(value, { freq: 2 }).map((given): Partial<T> => given ?? {});

const container = (
  path: string,
  cpuCount: number,
  workload: fc.Arbitrary<Workload>,
): fc.Arbitrary<ContainerSpec> =>
  fc
    .tuple(
      fc.record({
        weight,
        reservedCores: fc.constantFrom(0.1, 0.5, 1, 1.5, 2, 3.5, 6),
        workloads: fc.array(workload, { minLength: 1, maxLength: 2 }),
      }),
      sometimes(fc.record({ quota })),
      sometimes(fc.record({ cpus: someCpus(cpuCount) })),
    )
    .map(([base, limit, cpus]) => ({ path, ...base, ...limit, ...cpus }));

const steal = (cpuCount: number): fc.Arbitrary<StealSpec> =>
  fc
    .tuple(fc.integer({ min: 0, max: cpuCount - 1 }), ms(10, 100), fc.constantFrom(0.02, 0.1, 0.5), jitter)
    .map(([cpu, periodNs, share, by]) => ({
      cpu,
      periodNs,
      lengthNs: Math.round(periodNs * share),
      jitter: by,
    }));

const systemThread: fc.Arbitrary<Workload> = fc.record({
  kind: fc.constant('cycle' as const),
  threads: threads(2),
  periodNs: ms(10, 200),
  burstNs: ms(0.5, 20),
  jitter,
});

export interface WorldOptions {
  readonly steal: boolean;
  readonly churn: boolean;
  readonly mostCpus: number;
}

export const hostSpecs = (options: WorldOptions): fc.Arbitrary<HostSpec> =>
  fc.integer({ min: 1, max: options.mostCpus }).chain((cpuCount) => {
    const workload = options.churn ? anyWorkload : lastingWorkload;
    const parent: fc.Arbitrary<GroupSpec> = fc
      .tuple(weight, sometimes(fc.record({ quota })))
      .map(([parentWeight, limit]) => ({ path: '/pod', weight: parentWeight, ...limit }));
    return fc
      .tuple(
        fc.integer({ min: 1, max: 0x7fffffff }),
        container('/pod/first', cpuCount, workload),
        fc.option(container('/pod/second', cpuCount, workload)),
        fc.option(container('/neighbour', cpuCount, workload), { freq: 4 }),
        parent,
        fc.array(systemThread, { maxLength: 1 }),
        options.steal ? fc.array(steal(cpuCount), { maxLength: 2 }) : fc.constant([]),
        fc.record({
          sliceNs: fc.constantFrom(1_000_000, 3_000_000, 10_000_000),
          pullWhenIdle: fc.constantFrom(0, 0.9, 1),
          findIdle: fc.constantFrom(0, 0.9, 1),
          randomMove: fc.constantFrom(0, 0.05, 0.5),
        }),
      )
      .map(([seed, first, second, neighbour, pod, system, stolen, scheduling]) => ({
        seed,
        cpuCount,
        containers: [first, second, neighbour].filter((each) => each !== null),
        parents: [pod],
        system,
        steal: stolen.filter((each, i) => stolen.findIndex((other) => other.cpu === each.cpu) === i),
        scheduling,
      }));
  });

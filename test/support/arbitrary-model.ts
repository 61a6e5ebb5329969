/** Random ModelHosts: a few CPUs, groups two levels deep, every program, some quotas, masks and idle classes. */
import { cpuSetOf, type CpuSet } from '../../kernel/cpu-set.ts';
import type {
  ModelGroup,
  ModelHost,
  ModelProgram,
  ModelThread,
} from '../../ledger/predict/scheduler-model.ts';
import { fc } from './properties.ts';

const shares = fc.integer({ min: 2, max: 8192 });
const quota = fc.record({
  quotaNs: fc.integer({ min: 5, max: 300 }).map((ms) => ms * 1e6),
  periodNs: fc.constant(100_000_000),
});
const workNs = fc.integer({ min: 100, max: 5000 }).map((usec) => usec * 1000);

const programIn = (group: string): fc.Arbitrary<ModelProgram> =>
  fc.oneof(
    fc.constant<ModelProgram>({ kind: 'spin' }),
    fc.record({
      kind: fc.constant('duty' as const),
      workNs,
      everyNs: fc.integer({ min: 1, max: 20 }).map((ms) => ms * 1e6),
      arrivals: fc.constantFrom('fixed' as const, 'poisson' as const),
    }),
    fc.record({
      kind: fc.constant('barrier' as const),
      workNs: fc.constant(1_000_000),
      set: fc.constant(group),
      meetings: fc.constant(1 as const),
    }),
  );

const masks = (cpuCount: number): fc.Arbitrary<CpuSet> =>
  fc
    .subarray(
      Array.from({ length: cpuCount }, (_, i) => i),
      { minLength: 1 },
    )
    .map(cpuSetOf);

const groupAt = (path: string, cpuCount: number): fc.Arbitrary<ModelGroup> =>
  fc.record(
    {
      path: fc.constant(path),
      shares,
      idle: fc.boolean(),
      quota,
      cpus: masks(cpuCount),
    },
    { requiredKeys: ['path', 'shares'] },
  );

const threadsAt = (group: string): fc.Arbitrary<readonly ModelThread[]> =>
  fc.array(
    programIn(group).map((program) => ({ group, program })),
    { minLength: 1, maxLength: 5 },
  );

const hostWith = (cpuCount: number): fc.Arbitrary<ModelHost> =>
  fc.integer({ min: 1, max: 3 }).chain((pods) => {
    const paths = Array.from({ length: pods }, (_, i) => [`/p${i}`, `/p${i}/c`]).flat();
    return fc.record({
      cpus: fc.constant(cpuSetOf(Array.from({ length: cpuCount }, (_, i) => i))),
      groups: fc.tuple(...paths.map((path) => groupAt(path, cpuCount))),
      threads: fc
        .tuple(...paths.filter((path) => path.endsWith('/c')).map(threadsAt))
        .map((lists) => lists.flat()),
    });
  });

export const arbitraryModelHost: fc.Arbitrary<ModelHost> = fc.integer({ min: 1, max: 4 }).chain(hostWith);

import t from 'tap';
import type { IntervalChange } from '../../../agent/sampling/budget.ts';
import { SamplingLoop, type SamplingLoopOptions } from '../../../agent/sampling/loop.ts';
import { Observer, type Observation } from '../../../agent/sampling/observer.ts';
import { StageTimes } from '../../../agent/sampling/stage-times.ts';
import type { Sample } from '../../../kernel/sample.ts';
import { StillClock } from '../../support/fake-host.ts';
import { samplePair } from '../../support/sample-pair.ts';

const [template] = samplePair({ cpus: [[1, 0]], containers: [{ path: '/a', received: 0.5, some: 0 }] });

interface Run {
  /** Wall and CPU milliseconds that reading takes at each tick. */
  readonly tickMs?: (tick: number) => number;
  readonly fail?: (tick: number) => boolean;
  readonly options?: Partial<SamplingLoopOptions>;
}

/** Runs so many ticks on a clock that moves only by sleeping and by the work itself. */
async function run(ticks: number, { tickMs = () => 1, fail = () => false, options = {} }: Run = {}) {
  const clock = new StillClock();
  const abort = new AbortController();
  const beganNs = clock.nowNs;
  const seen = {
    ticksAtMs: [] as number[],
    observations: [] as Observation[],
    changes: [] as IntervalChange[],
    failures: [] as (string | undefined)[],
    wanted: [] as boolean[],
  };
  let cpuSeconds = 0;
  const read = (wantThreads: (path: string) => boolean): Sample => {
    seen.ticksAtMs.push(Number(clock.nowNs - beganNs) / 1e6);
    const monotonicNs = clock.nowNs;
    seen.wanted.push(wantThreads('/a'));
    const tick = seen.ticksAtMs.length;
    clock.advance(tickMs(tick));
    cpuSeconds += tickMs(tick) / 1000;
    if (tick >= ticks) abort.abort();
    if (fail(tick)) throw new Error(`tick ${tick}`);
    const cgroups = template.cgroups.map((cgroup) => ({ ...cgroup, monotonicNs }));
    return { ...template, monotonicNs, host: { ...template.host, monotonicNs }, cgroups };
  };
  const loop = new SamplingLoop({
    clock,
    source: { read, close: () => undefined },
    observer: new Observer({ maxContainers: 10 }),
    stages: new StageTimes(clock),
    intervalMs: 1000,
    cpuBudgetCores: 'max',
    cpuSeconds: () => cpuSeconds,
    onObservation: (observation) => {
      seen.observations.push(observation);
    },
    onIntervalChange: (change) => {
      seen.changes.push(change);
    },
    onTick: (failure) => {
      seen.failures.push(failure);
    },
    ...options,
  });
  await loop.run(abort.signal);
  return { ...seen, loop };
}

t.test('samples at once and then at the interval, without drift', async (t) => {
  const { ticksAtMs, observations, loop } = await run(4, { tickMs: (tick) => tick * 100 });
  t.same(ticksAtMs, [0, 1000, 2000, 3000]);
  t.same(
    observations.map(({ ledger }) => ledger?.windowSeconds),
    [undefined, 1, 1, 1],
  );
  t.same(loop.counts, { ticks: 4, failedTicks: 0, missedTicks: 0 });
});

t.test('a tick that takes too long is not made up for, and counted', async (t) => {
  const { ticksAtMs, loop } = await run(3, { tickMs: (tick) => (tick === 1 ? 2500 : 1) });
  t.same(ticksAtMs, [0, 3000, 4000]);
  t.equal(loop.counts.missedTicks, 2);
});

t.test('one tick waits for what is done with the one before', async (t) => {
  let open = 0;
  let most = 0;
  await run(5, {
    options: {
      onObservation: async () => {
        open += 1;
        most = Math.max(most, open);
        await Promise.resolve();
        await Promise.resolve();
        open -= 1;
      },
    },
  });
  t.equal(most, 1);
});

t.test('a tick that fails is told and counted, and the next one goes on', async (t) => {
  const { failures, observations, loop } = await run(4, { fail: (tick) => tick === 2 || tick === 4 });
  t.same(failures, [undefined, 'tick 2', undefined, 'tick 4']);
  t.equal(loop.failure, 'tick 4');
  t.equal(loop.counts.failedTicks, 2);
  t.equal(observations[1]?.ledger?.windowSeconds, 2, 'the window spans the tick that failed');
});

t.test('asks for threads as the observer wants them', async (t) => {
  const { wanted } = await run(15);
  t.equal(wanted[0], true);
  t.equal(wanted.at(-1), false);
});

t.test('lengthens its interval when it costs too much, and shortens it again', async (t) => {
  const dear = { tickMs: (tick: number) => (tick <= 30 ? 35 : 2), options: { cpuBudgetCores: 0.01 } };
  const { changes, ticksAtMs, loop } = await run(120, dear);
  t.same(
    changes.map(({ fromMs, toMs }) => [fromMs, toMs]),
    [
      [1000, 4000],
      [4000, 2000],
      [2000, 1000],
    ],
  );
  t.equal((ticksAtMs[25] ?? 0) - (ticksAtMs[24] ?? 0), 4000);
  t.equal(loop.intervalMs, 1000);
  t.equal(loop.counts.missedTicks, 0, 'a longer interval misses nothing');
});

t.test('without a budget it never does', async (t) => {
  t.same((await run(60, { tickMs: () => 900 })).changes, []);
});

t.test('ends without another tick when it is aborted', async (t) => {
  t.same((await run(1)).ticksAtMs, [0]);
});

t.test('reads periods between ticks where they are wanted and can be paid', async (t) => {
  const rows: readonly (readonly [
    name: string,
    wanted: boolean,
    costSeconds: number,
    budget: number,
    most: number,
  ])[] = [
    ['nobody waits', false, 0, 0.01, 0],
    ['every 100 ms', true, 0.0001, 0.01, 9],
    ['too dear for a budget of 1 %', true, 0.01, 0.01, 0],
  ];
  for (const [name, wantsPeriods, costSeconds, cpuBudgetCores, perTick] of rows) {
    let [cpuSeconds, ticks, periods] = [0, 0, 0];
    const perTicks: number[] = [];
    const abort = new AbortController();
    const clock = new StillClock();
    const read = (): Sample => {
      perTicks.push(periods);
      periods = 0;
      if (++ticks === 8) abort.abort();
      const monotonicNs = clock.nowNs;
      return { ...template, monotonicNs, host: { ...template.host, monotonicNs } };
    };
    const readPeriod = (): void => {
      periods += 1;
      cpuSeconds += costSeconds;
    };
    const loop = new SamplingLoop({
      clock,
      source: { read, readPeriod, wantsPeriods, close: () => undefined },
      observer: new Observer({ maxContainers: 10 }),
      stages: new StageTimes(clock),
      intervalMs: 1000,
      cpuBudgetCores,
      cpuSeconds: () => cpuSeconds,
      onObservation: () => undefined,
      onIntervalChange: () => undefined,
      onTick: () => undefined,
    });
    await loop.run(abort.signal);
    t.equal(perTicks.at(-1), perTick, name);
  }
});

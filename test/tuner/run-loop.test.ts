import t from 'tap';
import { defaultLoopOptions, type LoopStep } from '../../tuner/loop.ts';
import type { NodeView } from '../../tuner/observation/node-view.ts';
import { ladderPolicy } from '../../tuner/policy/ladder.ts';
import { defaultLadderOptions } from '../../tuner/policy/ladder-context.ts';
import type { LadderMemory } from '../../tuner/policy/ladder-memory.ts';
import { runLoop, type LoopEdges, type LoopEnd } from '../../tuner/run-loop.ts';
import { twoCpus } from '../support/machines.ts';
import { makeWorld, planPlainly, predictWorld, type WorldSpec } from '../support/tuned-world.ts';

const spec: WorldSpec = {
  topology: twoCpus,
  tenants: [
    { path: '/a', reservedCores: 1.5, threads: 2, disfavour: 0.6 },
    { path: '/b', reservedCores: 0.5, threads: 8 },
  ],
};

interface Ran {
  readonly end: LoopEnd<LadderMemory>;
  readonly steps: readonly LoopStep<LadderMemory>[];
  readonly restored: number;
}

async function run(
  seconds: number,
  changes: Partial<LoopEdges<LadderMemory>>,
  isDryRun = false,
): Promise<Ran> {
  const world = makeWorld(spec);
  const predictor = predictWorld(spec);
  const tools = {
    policy: ladderPolicy({ ...defaultLadderOptions, predictor }),
    predictor,
    planWrites: planPlainly,
  };
  let [now, restored] = [0, 0];
  const steps: LoopStep<LadderMemory>[] = [];
  const edges: LoopEdges<LadderMemory> = {
    observe: async () => world.view(now),
    baseline: world.baseline,
    apply: async (plan) => {
      world.apply(plan);
      return undefined;
    },
    restore: async () => {
      restored += 1;
    },
    report: (step) => steps.push(step),
    nowSeconds: () => now,
    sleep: async (length) => {
      now += length;
    },
    isStopping: () => now >= seconds,
    ...changes,
  };
  const end = await runLoop(edges, tools, { ...defaultLoopOptions, isDryRun, intervalSeconds: 5 });
  return { end, steps, restored };
}

t.test('runs until it is asked to stop', async (t) => {
  const { end, steps, restored } = await run(200, {});
  t.equal(end.failure, undefined);
  t.equal(steps.length, 40);
  t.ok(steps.some(({ action }) => action === 'apply'));
  t.equal(restored, 0, 'what becomes of the writes at the end is for whoever asked to decide');
});

t.test('a dry run applies nothing', async (t) => {
  const { steps } = await run(200, { apply: async () => t.fail('wrote') as unknown as undefined }, true);
  t.ok(steps.every(({ action }) => action === 'show'));
});

t.test('a write that does not read back: restores and stops', async (t) => {
  const { end, restored } = await run(200, { apply: async () => 'cpu.weight reads back 100, wrote 150' });
  t.match(end.failure, /reads back/);
  t.equal(restored, 1);
});

t.test('what it does not understand: restores and stops', async (t) => {
  const observe = (): Promise<NodeView> => Promise.reject(new Error('cpuset.cpus: not a CPU list'));
  const { end, restored } = await run(200, { observe });
  t.match(end.failure, /not a CPU list/);
  t.equal(restored, 1);
});

t.test('no observation for a while: waits', async (t) => {
  const { end, steps } = await run(30, { observe: async () => 'the agent does not answer' });
  t.equal(end.failure, undefined);
  t.ok(steps.every(({ action, why }) => action === 'wait' && why === 'the agent does not answer'));
});

import t from 'tap';
import type { SceneFacts } from '../../../bench/arms/arm.ts';
import { arms, findArm } from '../../../bench/arms/catalog.ts';
import { withNeighbours } from '../../../bench/scenarios/neighbours.ts';
import { batchBarrier } from '../../../bench/scenarios/batch-barrier.ts';
import { interactiveMemcached } from '../../../bench/scenarios/interactive-memcached.ts';
import { planPodTree } from '../../../bench/scenarios/pod-tree.ts';
import type { BaseScenario } from '../../../bench/scenarios/scenario.ts';

function factsOf(base: BaseScenario, limit: 'capped' | 'bursting', cpus: readonly number[]): SceneFacts {
  const scenario = withNeighbours(base, { limit, threads: 'many', kind: 'cpu' });
  const { pods } = planPodTree([scenario.victim, ...scenario.neighbours], { cpus }, 'v1');
  const [victim, ...neighbours] = pods;
  if (!victim) throw new Error('no victim');
  return { cpus: { cpus }, cgroupVersion: 'v1', victim, neighbours };
}

interface Row {
  readonly name: string;
  readonly facts: SceneFacts;
  readonly arm: string;
  /** Path and value, or why not. */
  readonly expected: readonly string[] | RegExp;
}

const barrier = factsOf(batchBarrier, 'bursting', [0, 1]);
const burstingCache = factsOf(interactiveMemcached, 'bursting', [0, 1]);
const cappedCache = factsOf(interactiveMemcached, 'capped', [0, 1, 2, 3]);

const rows: readonly Row[] = [
  { name: 'stock changes nothing', facts: barrier, arm: 'stock', expected: [] },
  {
    name: 'siblings below burstable compete as pods',
    facts: barrier,
    arm: 'weights',
    expected: ['burstable/pod-victim shares 6144'],
  },
  {
    name: 'beside a Guaranteed pod the QoS class competes',
    facts: cappedCache,
    arm: 'weights',
    expected: ['burstable shares 8192'],
  },
  {
    name: 'the idle class likewise',
    facts: cappedCache,
    arm: 'idle_class',
    expected: ['pod-neighbour idle'],
  },
  {
    name: 'dedicated: from the last CPU down',
    facts: burstingCache,
    arm: 'dedicated',
    expected: ['burstable/pod-victim/main cpus 1', 'burstable/pod-neighbour/main cpus 0'],
  },
  {
    name: 'dedicated leaves the neighbours one',
    facts: barrier,
    arm: 'dedicated',
    expected: ['burstable/pod-victim/main cpus 1', 'burstable/pod-neighbour/main cpus 0'],
  },
  {
    name: 'static wants whole CPUs',
    facts: barrier,
    arm: 'static',
    expected: /1.5 CPUs, which is not whole/,
  },
  {
    name: 'exclusive for the whole part, and weight for the rest on the shared CPU',
    facts: barrier,
    arm: 'exclusive',
    expected: ['burstable/pod-neighbour/main cpus 0', 'burstable/pod-victim shares 3072'],
  },
  {
    name: 'soft pool',
    facts: cappedCache,
    arm: 'soft_pool',
    expected: ['pod-neighbour/main cpus 0,1'],
  },
  {
    name: 'no limits, at every level that has one',
    facts: cappedCache,
    arm: 'no-limits',
    expected: ['pod-neighbour quota max', 'pod-neighbour/main quota max'],
  },
  { name: 'no quota to remove', facts: barrier, arm: 'quota', expected: /the same as stock/ },
];

for (const { name, facts, arm: armName, expected } of rows) {
  t.test(`${armName}: ${name}`, async (t) => {
    const arm = findArm(armName);
    const reason = arm?.notApplicable(facts);
    if (expected instanceof RegExp) {
      t.match(reason, expected);
      return;
    }
    t.equal(reason, undefined);
    const applied: string[] = [];
    await arm?.prepare({
      facts,
      rootPath: '/scene',
      apply: (path, setting) => {
        const value =
          setting.knob === 'cpus'
            ? `cpus ${setting.cpus.cpus.join(',')}`
            : setting.knob === 'weight' && setting.weight.kind === 'shares'
              ? `shares ${setting.weight.shares}`
              : setting.knob === 'quota'
                ? `quota ${setting.quotaUsec}`
                : setting.knob;
        applied.push(`${path} ${value}`);
      },
    });
    t.same(applied, expected);
  });
}

t.test('names are unique', async (t) => {
  t.equal(new Set(arms.map(({ name }) => name)).size, arms.length);
});

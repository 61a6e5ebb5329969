import t from 'tap';
import { formatCpuSet } from '../../../kernel/cpu-set.ts';
import { dedicatedPolicy } from '../../../tuner/policy/dedicated.ts';
import { observePolicy } from '../../../tuner/policy/observe.ts';
import { machineOf } from '../../support/machines.ts';
import { makeWorld, planPlainly, type WorldSpec } from '../../support/tuned-world.ts';

const spec: WorldSpec = {
  topology: machineOf({ sockets: 1, coresPerCache: 4, threadsPerCore: 1 }),
  tenants: [
    { path: '/a', reservedCores: 1.2, threads: 2 },
    { path: '/b', reservedCores: 0.5, threads: 8 },
    { path: '/c', reservedCores: 2, threads: 2 },
  ],
};
const policy = dedicatedPolicy({ isChosen: ({ path }) => path !== '/b', poolFloor: 1 });

t.test(
  'ceil(reservation) CPUs for the chosen, the rest for the others; what does not fit is named',
  async (t) => {
    const view = makeWorld(spec).view(0);
    const decision = policy.decide({ view, baseline: [], memory: policy.initialMemory, nowSeconds: 0 });
    t.same(
      decision.wanted.map(({ path, setting }) => [
        path,
        setting.knob === 'cpus' && formatCpuSet(setting.cpus),
      ]),
      [
        ['/c', '0-1'],
        ['/a', '2-3'],
        ['/b', '2-3'],
      ],
    );
    t.match(decision.notes.get('/a'), /no CPUs to spare/);
    t.same([...decision.remedies], [['/c', ['exclusive']]]);
  },
);

t.test('what is held stays when another one comes', async (t) => {
  const world = makeWorld(spec);
  const first = policy.decide({
    view: world.view(0),
    baseline: [],
    memory: policy.initialMemory,
    nowSeconds: 0,
  });
  world.apply(planPlainly({ view: world.view(0), baseline: [], wanted: first.wanted }));
  const input = { view: world.view(1), baseline: world.baseline(), memory: first.memory, nowSeconds: 1 };
  const again = policy.decide(input);
  t.same(planPlainly({ view: world.view(1), baseline: world.baseline(), wanted: again.wanted }).writes, []);
});

t.test('observe gives everything back', async (t) => {
  const world = makeWorld(spec);
  const { wanted } = policy.decide({
    view: world.view(0),
    baseline: [],
    memory: policy.initialMemory,
    nowSeconds: 0,
  });
  const before = world.view(0).groups;
  world.apply(planPlainly({ view: world.view(0), baseline: [], wanted }));
  const view = world.view(1);
  const nothing = observePolicy.decide({ view, baseline: world.baseline(), memory: null, nowSeconds: 1 });
  world.apply(planPlainly({ view, baseline: world.baseline(), wanted: nothing.wanted }));
  t.same(world.view(2).groups, before);
});

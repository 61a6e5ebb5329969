/** Random machines, trees and wishes: the invariants after every single write. */
import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import {
  cpuSetIntersection,
  cpuSetIsSubset,
  cpuSetOf,
  emptyCpuSet,
  type CpuSet,
} from '../../../kernel/cpu-set.ts';
import type { CgroupVersion } from '../../../kernel/sample.ts';
import type { GroupView, NodeView } from '../../../tuner/observation/node-view.ts';
import { CgroupModel } from '../../../tuner/plan/cgroup-model.ts';
import { currentSetting } from '../../../tuner/plan/current-setting.ts';
import type { Plan } from '../../../tuner/plan/plan.ts';
import { planWrites } from '../../../tuner/plan/plan-writes.ts';
import { formatSetting, knobs, type Setting } from '../../../tuner/plan/setting.ts';
import { viewAfter } from '../../../tuner/plan/view-after.ts';
import type { Baseline, WantedSetting } from '../../../tuner/policy/policy.ts';
import { arbitraryNode, arbitraryWanted, managedRoot, topologyOf } from '../../support/arbitrary-node.ts';
import { fc } from '../../support/properties.ts';

const limits = { leastCpus: 1, mayPartition: true, greatestAgeSeconds: 30 };

const groupAt = (view: NodeView, path: string): GroupView | undefined =>
  view.groups.find((group) => group.path === path);

/** What the journal would know: for every file, what stood there before the first write. An idle write loses the weight. */
function baselineAfter(view: NodeView, known: readonly Baseline[], { writes }: Plan): readonly Baseline[] {
  const all = new Map(known.map((entry) => [`${entry.path} ${entry.setting.knob}`, entry]));
  for (const { path, cgroupId, to } of writes) {
    for (const knob of to.knob === 'idle' ? (['idle', 'weight'] as const) : [to.knob]) {
      const setting = currentSetting(groupAt(view, path)!, knob);
      const key = `${path} ${knob}`;
      if (setting && !all.has(key)) all.set(key, { path, cgroupId, setting });
    }
  }
  return [...all.values()];
}

/** Its own cpuset names CPUs, and the parent has none of them: the kernel then gives it the parent's. */
function isFallenBack(view: NodeView, container: string): boolean {
  for (let path = container; path.length > managedRoot.length; path = path.slice(0, path.lastIndexOf('/'))) {
    const [own, parent] = [groupAt(view, path), groupAt(view, path.slice(0, path.lastIndexOf('/')))];
    const { configuredCpus } = own!;
    if (!configuredCpus?.cpus.length || !parent?.effectiveCpus) continue;
    if (cpuSetIntersection(configuredCpus, parent.effectiveCpus).cpus.length === 0) return true;
  }
  return false;
}

const isPartitioned = (view: NodeView): boolean =>
  view.groups.some(({ partition = 'member' }) => partition !== 'member');

interface Walk {
  readonly start: NodeView;
  readonly baselines: readonly Baseline[];
}

/** Replays the plan and returns the view at its end. Throws on what no plan may do. */
function follow({ start, baselines }: Walk, plan: Plan, wanted: readonly WantedSetting[]): NodeView {
  const model = new CgroupModel(start);
  const atBaseline = viewAfter(
    start,
    baselines.map(({ path, setting }) => ({ path, to: setting })),
  );
  const fell = new Set<string>();
  let view = start;
  const note = (seen: NodeView): void => {
    for (const { path } of seen.containers)
      if (seen.cgroupVersion === 'v2' && (isFallenBack(seen, path) || isPartitioned(seen))) fell.add(path);
  };
  for (const seen of [start, atBaseline]) note(seen);
  for (const write of plan.writes) {
    const refusal = model.write(write.path, write.to);
    if (refusal !== undefined) throw new Error(`${refusal}: ${write.path} ${formatSetting(write.to)}`);
    view = viewAfter(view, [write]);
    note(view);
    if (!write.path.startsWith(`${managedRoot}/`)) throw new Error(`outside: ${write.path}`);
    for (const { path, reservedCores = 0, excluded } of view.containers) {
      if (excluded !== undefined && write.rung !== 'baseline') {
        const touches =
          write.path === path || (path.startsWith(`${write.path}/`) && write.to.knob !== 'weight');
        if (touches) throw new Error(`${path} is excluded`);
      }
      const { effectiveCpus } = groupAt(view, path)!;
      const least = fell.has(path)
        ? 1
        : Math.min(
            Math.max(1, Math.ceil(reservedCores - 1e-9)),
            groupAt(start, path)!.effectiveCpus!.cpus.length,
            groupAt(atBaseline, path)!.effectiveCpus!.cpus.length,
          );
      if (effectiveCpus!.cpus.length < least)
        throw new Error(`${path} has ${effectiveCpus!.cpus.length} of ${least}`);
      if (!cpuSetIsSubset(effectiveCpus!, view.topology.online)) throw new Error(`${path} beyond online`);
    }
  }
  for (const { why } of plan.refused) {
    // Whatever the kernel would refuse has a rule of its own that says it better; else the order is wrong.
    if (why.startsWith('the kernel')) throw new Error(why);
  }
  for (const wish of wanted) {
    const isRefused = plan.refused.some(
      ({ path, setting }) => path === wish.path && formatSetting(setting) === formatSetting(wish.setting),
    );
    const now = groupAt(view, wish.path) && currentSetting(groupAt(view, wish.path)!, wish.setting.knob);
    if (!isRefused && (!now || formatSetting(now) !== formatSetting(wish.setting))) {
      throw new Error(`neither refused nor there: ${wish.path} ${formatSetting(wish.setting)}`);
    }
  }
  return view;
}

const texts = (view: NodeView): unknown =>
  view.groups.map((group) => [
    group.path,
    ...knobs.map((knob) => {
      const s = currentSetting(group, knob);
      return s && formatSetting(s);
    }),
  ]);

const node = arbitraryNode.chain((view) =>
  fc.tuple(
    fc.constant(view),
    arbitraryWanted(view),
    arbitraryWanted(view),
    fc.double({ min: 0, max: 1, noNaN: true }),
  ),
);

/**
 * What was refused for where a plan began may be possible where it ended; then the next plan takes it up. A plan that
 * refused nothing has nothing to take up.
 */
const mostRounds = 3;

/** Plans that still write something, from here on. */
function settlesAfter(start: NodeView, known: readonly Baseline[], wanted: readonly WantedSetting[]): number {
  let [view, baseline] = [start, known];
  for (let round = 0; round <= mostRounds; round++) {
    const plan = planWrites({ view, baseline, wanted, limits });
    if (plan.writes.length === 0) return round;
    const after = follow({ start: view, baselines: baseline }, plan, wanted);
    baseline = baselineAfter(view, baseline, plan);
    view = after;
  }
  return mostRounds + 1;
}

t.test('every step is safe; what is not wanted goes back; nothing is written twice', async (t) => {
  fc.assert(
    fc.property(node, ([start, first, second, cut]) => {
      let baseline: readonly Baseline[] = [];
      let view = start;
      for (const wanted of [first, second, []]) {
        const plan = planWrites({ view, baseline, wanted, limits });
        const after = follow({ start: view, baselines: baseline }, plan, wanted);
        // A tuner that is killed on the way leaves some writes undone; the next plan starts from there.
        const known = baselineAfter(view, baseline, plan);
        const isWhole = plan.refused.length === 0;
        const rounds = settlesAfter(after, known, wanted);
        if (rounds > (isWhole ? 0 : mostRounds)) throw new Error(`it still writes after ${rounds} plans`);
        const done = Math.floor(cut * plan.writes.length);
        const isLast = wanted.length === 0;
        view = isLast ? after : viewAfter(view, plan.writes.slice(0, done));
        baseline = known;
      }
      return JSON.stringify(texts(view)) === JSON.stringify(texts(start));
    }),
    { numRuns: 200 },
  );
  t.pass('holds');
});

t.test('the order of what is given does not matter', async (t) => {
  fc.assert(
    fc.property(node, ([view, wanted]) => {
      const one = planWrites({ view, baseline: [], wanted, limits });
      const other = planWrites({
        view: { ...view, groups: view.groups.toReversed(), containers: view.containers.toReversed() },
        baseline: [],
        wanted: wanted.toReversed(),
        limits,
      });
      return isDeepStrictEqual(other, one);
    }),
    { numRuns: 100 },
  );
  t.pass('holds');
});

const machine = topologyOf(4, 1, 1);
const group = (path: string, id: number, more: Partial<GroupView>): GroupView => ({
  path,
  cgroupId: BigInt(id),
  weight: { kind: 'shares', shares: 1024 },
  idle: false,
  quota: { quotaUsec: 'max', periodUsec: 100_000, burstUsec: 0 },
  ...more,
});
const cpus = (...numbers: number[]): { readonly knob: 'cpus'; readonly cpus: CpuSet } => ({
  knob: 'cpus',
  cpus: cpuSetOf(numbers),
});
const node1 = (version: CgroupVersion): NodeView => ({
  cgroupVersion: version,
  topology: machine,
  reservedCpus: emptyCpuSet,
  managedRoot: '/k',
  groups: [
    group('/k', 1, { configuredCpus: cpuSetOf([0, 1, 2, 3]) }),
    group('/k/p', 2, { configuredCpus: cpuSetOf([0, 1]) }),
    group('/k/p/a', 3, { configuredCpus: cpuSetOf([0, 1]) }),
  ],
  containers: [{ path: '/k/p/a', cgroupId: 3n, name: 'a', reservedCores: 1.5 }],
  wallTimeMs: 0,
  ageSeconds: 0,
});
const wish = (path: string, cgroupId: bigint, setting: Setting): WantedSetting => ({
  path,
  cgroupId,
  setting,
  rung: 'soft_pool',
  onBehalfOf: '/k/p/a',
  reason: 'r',
});
const lines = ({ writes }: Plan): readonly string[] =>
  writes.map(({ path, to }) => `${path} ${formatSetting(to)}`);

t.test('moving to other CPUs: widen from the top, narrow from the bottom', async (t) => {
  const wanted = [wish('/k/p/a', 3n, cpus(2, 3)), wish('/k/p', 2n, cpus(2, 3))];
  t.strictSame(lines(planWrites({ view: node1('v1'), baseline: [], wanted })), [
    '/k/p cpus 0-3',
    '/k/p/a cpus 2-3',
    '/k/p cpus 2-3',
  ]);
  t.strictSame(lines(planWrites({ view: node1('v2'), baseline: [], wanted: wanted.slice(1) })), [
    '/k/p cpus 2-3',
  ]);
});

t.test('quota and burst rise and fall in the order that the kernel takes', async (t) => {
  const quota = (quotaUsec: number | 'max'): Setting => ({ knob: 'quota', quotaUsec, periodUsec: 100_000 });
  const burst = (burstUsec: number): Setting => ({ knob: 'burst', burstUsec });
  const both = [
    wish('/k/p', 2n, quota(50_000)),
    wish('/k/p/a', 3n, quota(40_000)),
    wish('/k/p/a', 3n, burst(40_000)),
  ];
  const view = node1('v1');
  const first = planWrites({ view, baseline: [], wanted: both });
  t.strictSame(lines(first), [
    '/k/p/a quota 40000 of 100000 us',
    '/k/p quota 50000 of 100000 us',
    '/k/p/a burst 40000 us',
  ]);
  const baseline = first.writes.map(({ path, cgroupId, from }) => ({ path, cgroupId, setting: from }));
  t.strictSame(lines(planWrites({ view: viewAfter(view, first.writes), baseline, wanted: [] })), [
    '/k/p/a burst 0 us',
    '/k/p quota max of 100000 us',
    '/k/p/a quota max of 100000 us',
  ]);
});

t.test('a group that leaves the idle class gets its weight again', async (t) => {
  const view = {
    ...node1('v1'),
    groups: [group('/k', 1, {}), group('/k/p', 2, { weight: { kind: 'shares', shares: 512 } })],
  };
  const first = planWrites({ view, baseline: [], wanted: [wish('/k/p', 2n, { knob: 'idle', idle: true })] });
  t.strictSame(lines(first), ['/k/p idle class']);
  const baseline: readonly Baseline[] = [
    { path: '/k/p', cgroupId: 2n, setting: { knob: 'idle', idle: false } },
    { path: '/k/p', cgroupId: 2n, setting: { knob: 'weight', weight: { kind: 'shares', shares: 512 } } },
  ];
  t.strictSame(lines(planWrites({ view: viewAfter(view, first.writes), baseline, wanted: [] })), [
    '/k/p normal class',
    '/k/p shares 512',
  ]);
});

t.test('what is refused says which rule', async (t) => {
  const excluded = {
    ...node1('v2'),
    containers: [{ path: '/k/p/a', cgroupId: 3n, name: 'a', excluded: 'it opted out' }],
  };
  const rows: readonly (readonly [view: NodeView, wanted: WantedSetting, why: string])[] = [
    [
      { ...node1('v1'), ageSeconds: 31 },
      wish('/k/p', 2n, cpus(0, 1)),
      'the observation is 31 s old, and at most 30 s are believed',
    ],
    [node1('v1'), wish('/k', 1n, cpus(0)), 'it is not below the managed root /k'],
    [node1('v1'), wish('/kx/p', 1n, cpus(0)), 'it is not below the managed root /k'],
    [node1('v1'), wish('/k/q', 1n, cpus(0)), 'there is no such cgroup'],
    [node1('v1'), wish('/k/p', 9n, cpus(0)), 'the cgroup was re-created since it was observed'],
    [excluded, wish('/k/p', 2n, cpus(0, 1)), '/k/p/a is to be left alone: it opted out'],
    [
      node1('v1'),
      wish('/k/p', 2n, { knob: 'partition', partition: 'root' }),
      'there are no partitions on cgroup v1',
    ],
    [node1('v1'), wish('/k/p', 2n, cpus(7)), 'CPUs 7 are not all online (0-3)'],
    [
      node1('v1'),
      wish('/k/p/a', 3n, cpus(0)),
      '/k/p/a would be left with 1 of the 2 CPUs that it keeps at least',
    ],
    [
      node1('v1'),
      wish('/k/p/a', 3n, cpus(1, 2)),
      'on cgroup v1 no cpuset may be wider than the one above it',
    ],
    [
      { ...node1('v1'), reservedCpus: cpuSetOf([0]) },
      { ...wish('/k/p/a', 3n, cpus(0, 1)), rung: 'exclusive' },
      'CPU 0 is reserved for the system, and never given away',
    ],
  ];
  for (const [view, wanted, why] of rows) {
    t.strictSame(planWrites({ view, baseline: [], wanted: [wanted] }), {
      writes: [],
      refused: [{ path: wanted.path, setting: wanted.setting, why }],
    });
  }
});

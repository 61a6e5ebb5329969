/** Views from two samples and from the agent's answer: the same node, seen in two ways, is the same view. */
import t from 'tap';
import { containerDocument } from '../../../agent/server/container-document.ts';
import { emptyCpuSet, formatCpuSet } from '../../../kernel/cpu-set.ts';
import { deriveHostLedger } from '../../../ledger/derive.ts';
import { parseContainersDocument } from '../../../tuner/observation/containers-document.ts';
import { manageEverything } from '../../../tuner/observation/exclusions.ts';
import { makeNodeView, refuseStale, viewFromSamples } from '../../../tuner/observation/make-view.ts';
import { ObservationError } from '../../../tuner/observation/observation-error.ts';
import { twoCpus } from '../../support/machines.ts';
import { fc } from '../../support/properties.ts';
import { SimulatedHost } from '../../support/simulated-host.ts';

const host = new SimulatedHost({
  seed: 1,
  cpuCount: 2,
  containers: [
    {
      path: '/pod/a',
      reservedCores: 1.5,
      weight: 1536,
      workloads: [{ kind: 'barrier', threads: 2, workNs: 1e6 }],
    },
    { path: '/pod/b', reservedCores: 0.5, weight: 512, workloads: [{ kind: 'spin', threads: 8 }] },
    { path: '/other/c', workloads: [{ kind: 'spin', threads: 1 }] },
  ],
});
host.runFor(0.5);
const { sample: previous } = host.observe();
host.runFor(1);
const { sample: next } = host.observe();
const ledger = deriveHostLedger(previous, next);
const facts = {
  topology: twoCpus,
  reservedCpus: emptyCpuSet,
  managedRoot: '/pod',
  rules: manageEverything,
  baseline: [],
  nowMs: ledger.wallTimeMs + 2000,
};
const view = viewFromSamples(previous, next, facts);
const answer = JSON.stringify({
  node: 'n1',
  wallTimeMs: ledger.wallTimeMs,
  containers: ledger.containers.map((container) => containerDocument(container, undefined)),
});

t.test('from two samples', async (t) => {
  t.equal(view.ageSeconds, 2);
  t.strictSame(
    view.groups.map(({ path, effectiveCpus }) => [path, effectiveCpus && formatCpuSet(effectiveCpus)]),
    [
      ['/pod', '0-1'],
      ['/pod/a', '0-1'],
      ['/pod/b', '0-1'],
    ],
  );
  t.strictSame(
    view.containers.map(({ path, reservedCores, excluded }) => [path, reservedCores, excluded]),
    [
      ['/other/c', undefined, 'outside of the managed root'],
      ['/pod/a', 1.5, undefined],
      ['/pod/b', 0.5, undefined],
    ],
  );
  const a = ledger.containers.find(({ path }) => path === '/pod/a');
  const evidence = view.containers.find(({ path }) => path === '/pod/a')?.evidence;
  t.ok(a && a.received > 0);
  t.equal(evidence?.receivedCores, a && a.received / a.windowSeconds);
  t.equal(evidence?.gapCores.estimate, a && a.gap.estimate / a.windowSeconds);
});

t.test('from the answer of the agent: the same', async (t) => {
  const observed = parseContainersDocument(answer);
  t.strictSame(makeNodeView(observed, view.groups, { ...facts, cgroupVersion: view.cgroupVersion }), view);
});

t.test('a cgroup that was made anew after the observation is left alone', async (t) => {
  const groups = view.groups.map((group) => ({ ...group, cgroupId: group.cgroupId + 1n }));
  const anew = makeNodeView(parseContainersDocument(answer), groups, { ...facts, cgroupVersion: 'v2' });
  t.equal(anew.containers[1]?.excluded, 'its cgroup was made anew meanwhile');
});

t.test('old observations are refused, and those from the future', async (t) => {
  t.equal(refuseStale(view, 30), undefined);
  t.match(refuseStale({ ...view, ageSeconds: 31 }, 30), /31 s old; at most 30 s/);
  t.match(refuseStale({ ...view, ageSeconds: -100 }, 30), /the clocks disagree/);
});

const document = JSON.parse(answer) as { containers: Record<string, unknown>[] };
const withContainer = (changes: Record<string, unknown>): string =>
  JSON.stringify({ ...document, containers: [{ ...document.containers[0], ...changes }] });

const wrong: readonly (readonly [name: string, text: string, message: RegExp])[] = [
  ['no JSON', '<html>', /expected JSON/],
  ['no containers', '{"wallTimeMs":1}', /an array at containers/],
  [
    'a path that leaves the tree',
    withContainer({ path: '/a/../b' }),
    /path of a cgroup at containers\[0\]\.path/,
  ],
  ['a relative path', withContainer({ path: 'a' }), /path of a cgroup/],
  ['a negative amount', withContainer({ receivedSeconds: -1 }), /receivedSeconds/],
  ['bounds in disorder', withContainer({ gapSeconds: { estimate: 1, low: 2, high: 3 } }), /low <= estimate/],
  ['a window of no length', withContainer({ windowSeconds: 0 }), /above 0/],
  [
    'a container twice',
    JSON.stringify({ ...document, containers: [document.containers[0], document.containers[0]] }),
    /each container once/,
  ],
];

for (const [name, text, message] of wrong) {
  t.test(`refuses ${name}`, async (t) => {
    t.throws(() => parseContainersDocument(text), { name: 'ObservationError', message });
  });
}

t.test('any JSON, and any text, gives a document or an ObservationError', async (t) => {
  const anything = fc.oneof(
    fc.string(),
    fc.json(),
    fc.string().map((key) => withContainer({ [key]: key })),
  );
  fc.assert(
    fc.property(anything, (text) => {
      try {
        parseContainersDocument(text);
        return true;
      } catch (error) {
        return error instanceof ObservationError;
      }
    }),
  );
  t.pass('holds');
});

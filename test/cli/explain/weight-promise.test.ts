import t from 'tap';
import { deriveWeightPromise, deriveWeightRemedy } from '../../../cli/explain/weight-promise.ts';
import { sampleOf, type CgroupRow } from '../sample-rows.ts';

const promise = (rows: readonly CgroupRow[], path: string, active: Readonly<Record<string, number>> = {}) =>
  deriveWeightPromise(sampleOf(0, rows), path, 2, (other) => active[other]);

t.test('one level: the part of the siblings', async (t) => {
  const rows = [
    { path: '/demo/a', shares: 1536 },
    { path: '/demo/b', shares: 512 },
    { path: '/demo', shares: 1024 },
  ];
  const found = promise(rows, '/demo/a', { '/demo/b': 0.7 });
  t.equal(found?.cores, 1.5);
  t.equal(found?.coresOfActive, 1.5);
  t.same(
    found?.levels.map(({ path, own, share }) => [path, own, share]),
    [
      ['/demo', 1024, 1],
      ['/demo/a', 1536, 0.75],
    ],
  );
});

t.test('levels multiply, and those that did nothing do not compete', async (t) => {
  const rows = [
    { path: '/pods', weight: 100 },
    { path: '/system', weight: 100 },
    { path: '/pods/a', weight: 39 },
    { path: '/pods/b', weight: 117 },
  ];
  const found = promise(rows, '/pods/a', { '/system': 0, '/pods/b': 1 });
  t.equal(found?.cores, 0.25);
  t.equal(found?.coresOfActive, 0.5);
  t.equal(promise(rows, '/pods/a')?.coresOfActive, 0.25, 'unknown usage counts as busy');
});

t.test('cpu.idle weighs next to nothing', async (t) => {
  const rows = [
    { path: '/a', shares: 1024 },
    { path: '/b', shares: 1021, idle: true },
  ];
  t.equal(promise(rows, '/b')?.levels[0]?.own, 3);
  t.equal(promise(rows, '/a')?.cores, (2 * 1024) / 1027);
});

t.test('unknown where a weight could not be read', async (t) => {
  t.equal(promise([{ path: '/demo/a', shares: 1024 }, { path: '/demo' }], '/demo/a'), undefined);
  t.equal(promise([], '/demo/a'), undefined);
});

t.test('what to change', async (t) => {
  const rows = [
    { path: '/demo', shares: 1024 },
    { path: '/demo/a', shares: 512 },
    { path: '/demo/b', shares: 512 },
  ];
  const found = promise(rows, '/demo/a', { '/demo/b': 1 })!;
  t.match(deriveWeightRemedy(found, 1), { kind: 'enough' });
  t.match(deriveWeightRemedy(found, 1.5), { kind: 'raise', level: { path: '/demo/a' }, to: 1536 });
  t.match(deriveWeightRemedy(found, 2), { kind: 'impossible' });
  const raised = promise([rows[0]!, { path: '/demo/a', shares: 1536 }, rows[2]!], '/demo/a', {
    '/demo/b': 1,
  });
  t.equal(raised?.coresOfActive, 1.5, 'the advice does what it says');
});

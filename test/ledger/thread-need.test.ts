import t from 'tap';
import type { Sample } from '../../kernel/sample.ts';
import { deriveHostLedger } from '../../ledger/derive.ts';
import { deriveThreadNeed, type ThreadNeed } from '../../ledger/thread-need.ts';
import { samplePair, type ContainerRow } from '../support/sample-pair.ts';

const pairOf = (...containers: readonly ContainerRow[]): readonly [Sample, Sample] =>
  samplePair({ cpus: [[1, 0]], containers });

const needAfter = (before: ThreadNeed, [previous, latest]: readonly [Sample, Sample]): ThreadNeed =>
  deriveThreadNeed(before, deriveHostLedger(previous, latest), latest);

t.test('every container is read when it is new', async (t) => {
  const [first] = pairOf({ path: '/a', received: 0.1, some: 0 });
  t.same([...deriveThreadNeed(new Map(), undefined, first).keys()], ['/a']);
});

t.test(
  'then where somebody waits, or where pressure is off and less is received than reserved',
  async (t) => {
    const pair = pairOf(
      { path: '/waits', received: 0.1, some: 0.1 },
      { path: '/quiet', reserved: 1, received: 0.1, some: 0 },
      { path: '/blind-short', reserved: 1, received: 0.1 },
      { path: '/blind-served', reserved: 0.1, received: 0.2 },
    );
    t.same([...needAfter(new Map(), pair).keys()], ['/waits', '/blind-short']);
  },
);

t.test('and for ten ticks after the last wait', async (t) => {
  const waits = pairOf({ path: '/a', received: 0.1, some: 0.1 });
  const quiet = pairOf({ path: '/a', received: 0.1, some: 0 });
  let need = needAfter(new Map(), waits);
  let ticks = 0;
  for (; need.has('/a'); ticks++) need = needAfter(need, quiet);
  t.equal(ticks, 10);
});

import t from 'tap';
import { Observer, observeAll } from '../../../agent/sampling/observer.ts';
import type { Sample } from '../../../kernel/sample.ts';
import { samplePair } from '../../support/sample-pair.ts';

const [first, second] = samplePair({
  cpus: [
    [1, 0],
    [1, 0],
  ],
  containers: [
    { path: '/victim', reserved: 1.5, received: 1.3, some: 0.4, threads: [[1.3, 0.4, 100]] },
    { path: '/idle', reserved: 0.5, received: 0, some: 0, threads: [] },
  ],
});
const observer = (): Observer => new Observer({ maxContainers: 10 });

t.test('the first sample has no ledger, the second has', async (t) => {
  const it = observer();
  t.equal(it.latest, undefined);
  t.equal(it.observe(first).ledger, undefined);
  const { ledger, totals, sample } = it.observe(second);
  t.equal(sample, second);
  t.same(
    ledger?.containers.map(({ path }) => path),
    ['/victim', '/idle'],
  );
  t.equal([...totals.containers.values()][0]?.counters.usage, 1.3);
  t.equal(it.latest?.ledger, ledger);
});

t.test('no window spans a reboot or a step back in time', async (t) => {
  const rebooted: Sample = { ...second, host: { ...second.host, bootId: 'b' } };
  const it = observer();
  it.observe(first);
  t.equal(it.observe(rebooted).ledger, undefined);
  const back = observer();
  back.observe(second);
  t.equal(back.observe(first).ledger, undefined);
  t.equal(back.observe(second).totals.seconds, 1);
});

t.test('wants the threads of those that are new and of those that wait', async (t) => {
  const it = observer();
  t.equal(it.wantsThreads('/idle'), true);
  it.observe(first);
  t.equal(it.wantsThreads('/idle'), true, 'there was no window yet');
  const still = (n: number): Sample => ({
    ...second,
    monotonicNs: second.monotonicNs + BigInt(n),
    host: { ...second.host, monotonicNs: second.monotonicNs + BigInt(n) },
    cgroups: second.cgroups.map((c) => ({ ...c, monotonicNs: c.monotonicNs + BigInt(n) })),
  });
  for (let n = 0; n < 30; n += 1) it.observe(still(n * 1e9));
  t.equal(it.wantsThreads('/idle'), false);
  t.equal(it.wantsThreads('/new'), true);
});

t.test('adds up the collectors of every sample, the first too', async (t) => {
  const collectors = [{ name: 'cpu.stat', reads: 2, failures: 0, durationNs: 1000 }];
  const it = observer();
  it.observe({ ...first, collectors });
  t.equal(it.observe({ ...second, collectors }).totals.collectors[0]?.reads, 4);
});

t.test('a recording goes the same way, and its stages can be measured', async (t) => {
  const stages: string[] = [];
  const measured = new Observer({
    maxContainers: 10,
    measure: (stage, work) => {
      stages.push(stage);
      return work();
    },
  });
  const seen = [];
  for await (const observation of observeAll([first, second], measured)) seen.push(observation);
  const live = observer();
  live.observe(first);
  t.same(seen[1]?.ledger, live.observe(second).ledger);
  t.same(stages, ['derive', 'accumulate', 'derive', 'derive', 'accumulate']);
});

import t from 'tap';
import { baseScenarios, findScenarios } from '../../../bench/scenarios/catalog.ts';
import { countThreads, requestedCores, usualRate } from '../../../bench/scenarios/scenario.ts';

t.test('names', async (t) => {
  const rows: readonly [word: string, count: number | undefined, first?: string][] = [
    ['batch-barrier', 1, 'batch-barrier/bursting-many-cpu'],
    ['batch-barrier/capped-few-memory', 1, 'batch-barrier/capped-few-memory'],
    ['interactive-redis/all', 8, 'interactive-redis/bursting-many-cpu'],
    ['paper', 8, 'paper-batch/bursting-many-cpu'],
    ['all', baseScenarios.length],
    ['batch-barrier/nonsense', undefined],
    ['nonsense', undefined],
  ];
  for (const [word, count, first] of rows) {
    const found = findScenarios(word);
    t.equal(found?.length, count, word);
    if (first !== undefined) t.equal(found?.[0]?.name, first);
  }
});

t.test('requests fit: victim and neighbours together request all CPUs, never more', async (t) => {
  for (const { name } of baseScenarios) {
    for (const scenario of findScenarios(`${name}/all`) ?? []) {
      for (const cpus of [2, 3, 22, 24]) {
        const cores = [scenario.victim, ...scenario.neighbours].map((pod) => requestedCores(pod, cpus));
        t.ok(Math.abs(cores.reduce((a, b) => a + b, 0) - cpus) <= 0.02, `${scenario.name} on ${cpus}`);
      }
    }
  }
});

t.test('threads and rates', async (t) => {
  t.equal(countThreads(3, 8), 3);
  t.equal(countThreads({ perCpu: 4 }, 2), 8);
  t.equal(countThreads({ perCpu: 0.1 }, 2), 1);
  t.equal(usualRate([1, 2, 3]), 2);
});

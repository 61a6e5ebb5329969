import t from 'tap';
import { calibrateIterationsPerMs, compileWork, instantiateWork } from '../../../bench/workloads/work.ts';

/** The same chain of operations, as slow as JavaScript may be. */
function workInPlainWords(iterations: number, seed: number): number {
  let value = seed;
  for (let i = 0; i < iterations; i++) value = (Math.imul(value, 1664525) + 1013904223) | 0;
  return value;
}

t.test('the bytes do what their comments say', async (t) => {
  const doWork = instantiateWork(compileWork());
  for (const iterations of [1, 2, 3, 1000]) {
    for (const seed of [0, 1, -1, 0x7fffffff, -0x80000000]) {
      t.equal(doWork(iterations, seed), workInPlainWords(iterations, seed));
    }
  }
});

t.test('the fastest probe counts', async (t) => {
  // A clock on which probes take 300, 100 and then 200 us.
  const durationsNs = [300_000n, 100_000n, 200_000n];
  let nowNs = 1_000_000_000n;
  let call = 0;
  const warmUpEnds = 2;
  const clock = (): bigint => {
    call += 1;
    if (call === warmUpEnds) nowNs += 1_000_000_000n;
    if (call > warmUpEnds && (call - warmUpEnds) % 2 === 0) {
      nowNs += durationsNs[((call - warmUpEnds) / 2) % durationsNs.length] ?? 0n;
    }
    return nowNs;
  };
  t.equal(
    calibrateIterationsPerMs(() => 0, clock),
    1_000_000,
    '100,000 iterations in 0.1 ms',
  );
});

import t from 'tap';
import { everyInterval, everyIntervalInSteps, systemClock } from '../../host/clock.ts';
import { StillClock } from '../support/fake-host.ts';

async function deadlines(
  clock: StillClock,
  work: readonly number[],
  intervalMs: () => number,
): Promise<number[]> {
  const abort = new AbortController();
  const started: number[] = [];
  const start = clock.nowNs;
  const ticks = everyInterval(clock, intervalMs, abort.signal);
  for (const workMs of work) {
    await ticks.next();
    started.push(Number(clock.nowNs - start) / 1e6);
    clock.advance(workMs);
  }
  abort.abort();
  t.ok((await ticks.next()).done);
  return started;
}

t.test('counts from deadline to deadline, whatever the work takes', async (t) => {
  t.strictSame(await deadlines(new StillClock(), [10, 300, 0, 999], () => 1000), [0, 1000, 2000, 3000]);
});

t.test('skips deadlines that were missed', async (t) => {
  t.strictSame(await deadlines(new StillClock(), [2500, 0, 1000, 0], () => 1000), [0, 3000, 4000, 5000]);
});

t.test('takes a longer interval from the next tick on', async (t) => {
  let intervalMs = 1000;
  const slower = (): number => (intervalMs *= 2);
  t.strictSame(await deadlines(new StillClock(), [0, 0, 0], slower), [0, 2000, 6000]);
});

t.test('steps divide an interval, and those that were missed are skipped', async (t) => {
  const clock = new StillClock();
  const abort = new AbortController();
  const start = clock.nowNs;
  const seen: (readonly [string, number])[] = [];
  const moments = everyIntervalInSteps(
    clock,
    () => 1000,
    () => 4,
    abort.signal,
  );
  for await (const moment of moments) {
    seen.push([moment, Number(clock.nowNs - start) / 1e6]);
    // The second tick takes until after its second step.
    if (seen.length === 5) clock.advance(600);
    if (seen.length === 8) abort.abort();
  }
  t.strictSame(seen, [
    ['tick', 0],
    ['step', 250],
    ['step', 500],
    ['step', 750],
    ['tick', 1000],
    ['step', 1750],
    ['tick', 2000],
    ['step', 2250],
  ]);
});

t.test('a sleep ends at once when its signal aborts, before or during it', async (t) => {
  await systemClock.sleep(3_600_000, AbortSignal.abort());
  const abort = new AbortController();
  const sleep = systemClock.sleep(3_600_000, abort.signal);
  abort.abort();
  await sleep;
  await systemClock.sleep(-1);
  t.pass('did not wait');
});

t.test('monotonic time does not go back', async (t) => {
  const before = systemClock.monotonicNs();
  t.ok(systemClock.monotonicNs() >= before);
  t.ok(systemClock.wallTimeMs() > 1_600_000_000_000);
});

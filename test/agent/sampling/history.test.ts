import t from 'tap';
import {
  History,
  historyBytesPerContainer,
  slotCount,
  type HistoryContainer,
  type HistoryPoint,
} from '../../../agent/sampling/history.ts';
import { accumulate, emptyTotals, type Totals } from '../../../agent/sampling/totals.ts';
import type { ContainerLedger } from '../../../ledger/ledger.ts';
import { containerLedger, hostLedger, withoutReservation } from '../../support/ledger-literal.ts';

const all = { fromMs: 0, toMs: Infinity, stepSeconds: 0 };
const beganMs = 1_800_000_000_000;

class Recorder {
  readonly history: History;
  totals: Totals = emptyTotals;
  readonly #maxContainers: number;

  constructor(lengthSeconds = 3600, maxContainers = 100) {
    this.history = new History({ lengthSeconds, maxContainers });
    this.#maxContainers = maxContainers;
  }

  /** One window of one second, or as long as said. */
  tick(containers: readonly ContainerLedger[], windowSeconds = 1): void {
    const wallTimeMs = beganMs + (this.totals.seconds + windowSeconds) * 1000;
    const ledger = hostLedger(containers, { windowSeconds, wallTimeMs });
    this.totals = accumulate(this.totals, ledger, {
      maxContainers: this.#maxContainers,
      keepGoneSeconds: 60,
    });
    this.history.record(ledger, this.totals);
  }

  find(path = '/web'): HistoryContainer {
    const found = this.history.containers().find((container) => container.path === path);
    if (!found) throw new Error(`no history of ${path}`);
    return found;
  }

  query(range: Partial<typeof all> = {}): readonly HistoryPoint[] {
    return this.history.query(this.find(), { ...all, ...range });
  }
}

const received = (cores: number): ContainerLedger => containerLedger({ received: cores });

t.test('keeps means and maxima of ten seconds in one hour', async (t) => {
  const recorder = new Recorder();
  for (let second = 1; second <= 25; second += 1) recorder.tick([received(second === 12 ? 2 : 1)]);
  const points = recorder.query();
  t.same(
    points.map(({ seconds, wallTimeMs }) => [seconds, wallTimeMs - beganMs]),
    [
      [9, 9000],
      [10, 19_000],
      [6, 25_000],
    ],
  );
  t.same(
    points.map(({ max }) => max.received),
    [1, 2, 1],
  );
  t.ok(Math.abs((points[1]?.mean.received ?? 0) - 1.1) < 1e-6);
  t.equal(points[0]?.mean.reserved, 1.5);
  t.equal(points[0]?.mean.waiting, 0.5);
});

t.test('what is unknown has no point', async (t) => {
  const recorder = new Recorder();
  recorder.tick([withoutReservation(containerLedger())]);
  const [point] = recorder.query();
  t.equal(point?.mean.gap, undefined);
  t.equal(point?.max.gap, undefined);
  t.equal(point?.mean.throttled, undefined);
  t.equal(point?.mean.received, 1.25);
});

t.test('a field that is known now and then is averaged over when it is known', async (t) => {
  const recorder = new Recorder();
  recorder.tick([withoutReservation(containerLedger())]);
  recorder.tick([containerLedger()]);
  recorder.tick([withoutReservation(containerLedger())]);
  t.equal(recorder.query()[0]?.mean.reserved, 1.5);
});

t.test('rates are per second of the window', async (t) => {
  const recorder = new Recorder();
  recorder.tick([containerLedger({ windowSeconds: 4, received: 2 })], 4);
  t.equal(recorder.query()[0]?.mean.received, 0.5);
});

t.test('a longer step merges slots, keeping the maximum', async (t) => {
  const recorder = new Recorder();
  for (let second = 1; second <= 60; second += 1) recorder.tick([received(second === 12 ? 2 : 1)]);
  const points = recorder.query({ stepSeconds: 25 });
  t.same(
    points.map(({ seconds, max }) => [seconds, max.received]),
    [
      [29, 2],
      [30, 1],
      [1, 1],
    ],
  );
});

t.test('from and to choose by wall clock', async (t) => {
  const recorder = new Recorder();
  for (let second = 1; second <= 60; second += 1) recorder.tick([received(1)]);
  const times = recorder
    .query({ fromMs: beganMs + 19_000, toMs: beganMs + 39_000 })
    .map(({ wallTimeMs }) => wallTimeMs - beganMs);
  t.same(times, [19_000, 29_000, 39_000]);
});

t.test('the ring keeps its length and forgets the rest', async (t) => {
  const recorder = new Recorder(slotCount);
  for (let second = 1; second <= 1000; second += 1) recorder.tick([received(second)]);
  const points = recorder.query();
  t.equal(points.length, slotCount);
  t.equal(points[0]?.mean.received, 1000 - slotCount + 1);
  t.equal(points.at(-1)?.mean.received, 1000);
});

t.test('a long pause leaves a hole, not old values', async (t) => {
  const recorder = new Recorder(slotCount);
  recorder.tick([received(1)]);
  recorder.tick([received(2)], slotCount - 1);
  t.same(
    recorder.query().map(({ seconds }) => seconds),
    [1, 1],
  );
  recorder.tick([received(3)], 10 * slotCount);
  t.same(
    recorder.query().map(({ mean }) => mean.received),
    [3],
  );
});

t.test('a container that is gone is kept until the ring has gone round', async (t) => {
  const recorder = new Recorder(slotCount);
  recorder.tick([received(1)]);
  for (let second = 1; second < slotCount; second += 1) recorder.tick([]);
  t.equal(recorder.query().length, 1);
  recorder.tick([]);
  t.same(recorder.history.containers(), []);
});

t.test('memory is bounded under churn, and who is there is never evicted', async (t) => {
  const recorder = new Recorder(3600, 50);
  for (let second = 0; second < 600; second += 1) {
    const passing = Array.from({ length: 17 }, (_, i) => {
      const serial = BigInt(second * 17 + i + 100);
      return containerLedger({ path: `/job-${serial}`, cgroupId: serial });
    });
    recorder.tick([received(1), ...passing]);
  }
  t.equal(recorder.history.bytes, 50 * historyBytesPerContainer);
  t.equal(recorder.history.containers().length, 50);
  t.equal(recorder.query().length, 61);
  t.equal(recorder.history.query(recorder.find(recorder.history.containers().at(-1)?.path), all).length, 1);
});

t.test('an hour of a container is 28,800 bytes', async (t) => {
  t.equal(historyBytesPerContainer, 28_800);
  t.equal(new History({ lengthSeconds: 3600, maxContainers: 1 }).slotSeconds, 10);
});

t.test('a slot rests on one source, and so does a point of several', async (t) => {
  const exact = containerLedger({
    source: 'exact',
    received: 1,
    latency: { count: 1, counts: [1], p50Seconds: 0.001, p99Seconds: 0.002 },
  });
  const recorder = new Recorder();
  for (let second = 1; second <= 14; second += 1) recorder.tick([second <= 4 ? received(3) : exact]);
  for (let second = 15; second <= 25; second += 1) recorder.tick([received(3)]);
  const shown = (points: readonly HistoryPoint[]): object =>
    points.map(({ source, seconds, mean }) => [source, seconds, mean.received]);
  t.same(shown(recorder.query()), [
    ['exact', 5, 1],
    ['portable', 5, 3],
    ['portable', 6, 3],
  ]);
  t.equal(recorder.query()[0]?.max.waitP99, Math.fround(0.002));
  t.equal(recorder.query()[1]?.max.waitP99, undefined);
  t.same(shown(recorder.query({ stepSeconds: 3600 })), [['portable', 11, 3]]);
});

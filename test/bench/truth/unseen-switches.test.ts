import t from 'tap';
import type { SchedEvent } from '../../../bench/truth/sched-event.ts';
import { completeSwitches } from '../../../bench/truth/unseen-switches.ts';

const away = (timeNs: number, prev: number, next: number): SchedEvent => ({
  kind: 'switch',
  timeNs,
  cpu: 0,
  prev,
  prevIsRunnable: false,
  next,
});

t.test('nothing is missing: nothing changes', async (t) => {
  const events = [away(1, 0, 5), { ...away(2, 9, 7), cpu: 1 }, away(3, 5, 0), away(4, 0, 5)];
  t.same(completeSwitches(events), events);
});

t.test('a switch that nobody saw is put after the last one on its CPU', async (t) => {
  const events = [away(1, 0, 5), { ...away(2, 9, 7), cpu: 1 }, away(7, 6, 0)];
  t.same(completeSwitches(events), [events[0], { ...away(1, 5, 6), isGuess: true }, events[1], events[2]]);
});

t.test('or to when the thread came to that queue, if that is later', async (t) => {
  const arrivals: readonly SchedEvent[] = [
    { kind: 'wakeup', timeNs: 4, tid: 6, cpu: 0 },
    { kind: 'migrate', timeNs: 4, tid: 6, cpu: 0 },
  ];
  for (const arrival of arrivals) {
    const events = [away(1, 0, 5), arrival, away(7, 6, 0)];
    t.same(completeSwitches(events), [events[0], arrival, { ...away(4, 5, 6), isGuess: true }, events[2]]);
  }
});

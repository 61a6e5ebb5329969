import t from 'tap';
import type { SchedEvent } from '../../../bench/truth/sched-event.ts';
import { deriveTrueInduced } from '../../../bench/truth/true-induced.ts';

const second = 1e9;
const at = (seconds: number) => ({ timeNs: seconds * second });
const groups = new Map([
  [1, 'a'],
  [2, 'a'],
  [3, 'b'],
]);
const whole = { fromNs: 0, toNs: 100 * second };

/** 2 falls asleep at 1; 1 waits from 2 to 5 for its CPU and then wakes 2. */
const events = (waker: number | undefined): readonly SchedEvent[] => [
  { kind: 'switch', ...at(1), cpu: 1, prev: 2, prevIsRunnable: false, next: 0 },
  { kind: 'switch', ...at(2), cpu: 0, prev: 1, prevIsRunnable: true, next: 3 },
  { kind: 'switch', ...at(5), cpu: 0, prev: 3, prevIsRunnable: true, next: 1 },
  { kind: 'waking', ...at(6), tid: 2, waker },
  { kind: 'waking', ...at(7), tid: 2, waker },
];

t.test('the sleep that a sibling ended after it had waited', async (t) => {
  const rows: readonly (readonly [readonly SchedEvent[], { fromNs: number; toNs: number }, number])[] = [
    [events(1), whole, 3],
    [events(undefined), whole, 0],
    [events(3), whole, 0],
    [events(1), { fromNs: 0, toNs: 5.5 * second }, 0],
    // Awake meanwhile, it had not slept through all of the wait.
    [
      [
        ...events(1).slice(0, 2),
        { kind: 'wakeup', ...at(3), tid: 2, cpu: 1 },
        { kind: 'switch', ...at(3), cpu: 1, prev: 0, prevIsRunnable: true, next: 2 },
        { kind: 'switch', ...at(4), cpu: 1, prev: 2, prevIsRunnable: false, next: 0 },
        ...events(1).slice(2),
      ],
      whole,
      1,
    ],
  ];
  for (const [given, window, expected] of rows) {
    t.equal(deriveTrueInduced(given, groups, window).get('a') ?? 0, expected);
  }
});

t.test('of a waker that has slept since, only what it waited last', async (t) => {
  const given: readonly SchedEvent[] = [
    ...events(1).slice(0, 3),
    { kind: 'switch', ...at(5.5), cpu: 0, prev: 1, prevIsRunnable: false, next: 0 },
    { kind: 'wakeup', ...at(8), tid: 1, cpu: 0 },
    { kind: 'switch', ...at(8.5), cpu: 0, prev: 0, prevIsRunnable: true, next: 1 },
    { kind: 'waking', ...at(9), tid: 2, waker: 1 },
  ];
  t.equal(deriveTrueInduced(given, groups, whole).get('a'), 0.5);
});

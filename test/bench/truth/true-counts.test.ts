import t from 'tap';
import { parseSchedEvent, type SchedEvent } from '../../../bench/truth/sched-event.ts';
import {
  activeSeconds,
  deriveTrueCounts,
  directEntitlement,
  mostRunnable,
} from '../../../bench/truth/true-counts.ts';

const lines: readonly (readonly [string, SchedEvent | undefined])[] = [
  [
    '    a [b]-c-4711    [001] d..2.  6136.223324: sched_switch: prev_comm=a [b]-c prev_pid=4711 prev_prio=120 prev_state=R+ ==> next_comm=swapper/1 next_pid=0 next_prio=120',
    { kind: 'switch', timeNs: 6136223324000, cpu: 1, prev: 4711, prevIsRunnable: true, next: 0 },
  ],
  [
    ' <...>-18 [000] d..2. 1.000002: sched_switch: prev_comm=x prev_pid=18 prev_prio=-1 prev_state=S ==> next_comm=y next_pid=19 next_prio=105',
    { kind: 'switch', timeNs: 1000002000, cpu: 0, prev: 18, prevIsRunnable: false, next: 19 },
  ],
  [
    ' x-18 [000] dN.4. 1.000002: sched_wakeup: comm=perf pid=19992 prio=120 target_cpu=001',
    { kind: 'wakeup', timeNs: 1000002000, tid: 19992, cpu: 1 },
  ],
  [
    ' x-18 [000] d..4. 1.000002: sched_wakeup_new: comm=sh pid=7 prio=120 target_cpu=000',
    { kind: 'wakeup', timeNs: 1000002000, tid: 7, cpu: 0 },
  ],
  [
    ' x-18 [000] d..3. 1.000002: sched_waking: comm=perf pid=9 prio=120 target_cpu=001',
    { kind: 'waking', timeNs: 1000002000, tid: 9, waker: 18 },
  ],
  [
    ' x-18 [000] d.h3. 1.000002: sched_waking: comm=perf pid=9 prio=120 target_cpu=001',
    { kind: 'waking', timeNs: 1000002000, tid: 9, waker: undefined },
  ],
  [
    ' x-18 [000] d..2. 1.000002: sched_migrate_task: comm=perf pid=9 prio=120 orig_cpu=0 dest_cpu=1',
    { kind: 'migrate', timeNs: 1000002000, tid: 9, cpu: 1 },
  ],
  [
    ' x-18 [000] ..... 1.000002: sched_process_fork: comm=sh pid=18 child_comm=sh child_pid=20',
    { kind: 'fork', timeNs: 1000002000, parent: 18, child: 20 },
  ],
  ['', undefined],
  ['#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION', undefined],
  [' x-18 [000] d..2. 1.000002: sched_stat_runtime: comm=perf pid=9 runtime=1', undefined],
  [' x-18 [000] d..2. 1.000002: sched_switch: nonsense', undefined],
];

t.test('lines of a trace', async (t) => {
  for (const [text, event] of lines) t.same(parseSchedEvent(text), event, text);
});

const second = 1e9;
const at = (seconds: number) => ({ timeNs: seconds * second });

t.test('who ran, who waited, and behind whom', async (t) => {
  // a (1, 2) and b (3); 9 is somebody else. CPU 0 only.
  const events: readonly SchedEvent[] = [
    { kind: 'wakeup', ...at(1), tid: 1, cpu: 0 },
    { kind: 'switch', ...at(1), cpu: 0, prev: 0, prevIsRunnable: true, next: 1 },
    { kind: 'wakeup', ...at(2), tid: 2, cpu: 0 },
    { kind: 'switch', ...at(4), cpu: 0, prev: 1, prevIsRunnable: true, next: 3 },
    { kind: 'switch', ...at(5), cpu: 0, prev: 3, prevIsRunnable: false, next: 9 },
    { kind: 'switch', ...at(6), cpu: 0, prev: 9, prevIsRunnable: false, next: 2 },
    { kind: 'switch', ...at(7), cpu: 0, prev: 2, prevIsRunnable: false, next: 1 },
    { kind: 'switch', ...at(8), cpu: 0, prev: 1, prevIsRunnable: false, next: 0 },
  ];
  const groups = new Map([
    [1, 'a'],
    [2, 'a'],
    [3, 'b'],
  ]);
  const counts = deriveTrueCounts(events, groups, { fromNs: 0, toNs: 10 * second });
  t.same(counts.get('a'), {
    run: 5,
    wait: 7,
    waitSelf: 3,
    waitIdle: 0,
    waitBehind: new Map([['b', 2]]),
    waitRest: 2,
    uncertain: 0,
    changes: 8,
    concurrency: [3, 2, 5],
  });
  // Before its first event it had been waiting: it was switched to without a wake-up.
  t.match(counts.get('b'), { run: 1, wait: 4, waitIdle: 1 });
  t.same(counts.get('b')?.waitBehind, new Map([['a', 3]]));
  t.equal(activeSeconds([3, 2, 5]), 7);
  t.equal(directEntitlement([3, 2, 5], 1.5), 9.5);
  t.equal(mostRunnable([3, 2, 5]), 2);
  t.equal(mostRunnable([3]), 0);

  const part = deriveTrueCounts(events, groups, { fromNs: 3 * second, toNs: 4.5 * second });
  t.match(part.get('a'), { run: 1, wait: 2 });
  t.same(part.get('a')?.waitBehind, new Map([['b', 1]]));
  t.same(part.get('a')?.concurrency[2], 1.5);
});

t.test('a forked thread belongs to its parent; a migrated one waits elsewhere', async (t) => {
  const events: readonly SchedEvent[] = [
    { kind: 'switch', ...at(0), cpu: 0, prev: 0, prevIsRunnable: true, next: 1 },
    { kind: 'switch', ...at(0), cpu: 1, prev: 9, prevIsRunnable: true, next: 0 },
    { kind: 'fork', ...at(1), parent: 1, child: 5 },
    { kind: 'wakeup', ...at(1), tid: 5, cpu: 0 },
    { kind: 'migrate', ...at(2), tid: 5, cpu: 1 },
    { kind: 'switch', ...at(3), cpu: 1, prev: 0, prevIsRunnable: true, next: 5 },
    { kind: 'switch', ...at(4), cpu: 1, prev: 5, prevIsRunnable: false, next: 0 },
  ];
  const counts = deriveTrueCounts(events, new Map([[1, 'a']]), { fromNs: 0, toNs: 4 * second });
  t.match(counts.get('a'), { run: 5, wait: 2, waitSelf: 1, waitIdle: 1 });
});

t.test('what rests on a guess is uncertain, until the next switch on that CPU', async (t) => {
  const events: readonly SchedEvent[] = [
    { kind: 'switch', ...at(0), cpu: 0, prev: 0, prevIsRunnable: true, next: 1 },
    { kind: 'switch', ...at(1), cpu: 0, prev: 1, prevIsRunnable: true, next: 9 },
    { kind: 'switch', ...at(2), cpu: 0, prev: 9, prevIsRunnable: false, next: 2, isGuess: true },
    { kind: 'switch', ...at(5), cpu: 0, prev: 2, prevIsRunnable: false, next: 1 },
  ];
  const groups = new Map([
    [1, 'a'],
    [2, 'a'],
  ]);
  const counts = deriveTrueCounts(events, groups, { fromNs: 0, toNs: 6 * second }).get('a');
  t.match(counts, { run: 5, waitSelf: 4, waitRest: 2, uncertain: 6 });
});

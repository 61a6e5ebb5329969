/**
 * Facts about the kernel that the arithmetic rests on (docs/measurement.md), each tried on the kernel at hand. Read with
 * plain file reads: what is tested here is Linux, not the product.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { systemClock } from '../../host/clock.ts';
import { between } from '../support/live-assertions.ts';
import {
  busiestBetween,
  pressureSeconds,
  schedstatTimes,
  sumTimes,
  threadTimes,
  throttledLocalSeconds,
  throttledSeconds,
  usageSeconds,
} from '../support/live-files.ts';
import type { LiveHost } from '../support/live-host.ts';
import { liveTest } from '../support/live-test.ts';

interface Counters {
  readonly wall: number;
  readonly usage: number;
  readonly throttled: number;
  readonly waited: number;
  readonly some: number;
  readonly full: number;
}

function readCounters({ layout }: LiveHost, path: string, pid: number): Counters {
  return {
    wall: Number(systemClock.monotonicNs()) / 1e9,
    usage: usageSeconds(layout, path),
    throttled: throttledSeconds(layout, path),
    waited: sumTimes(threadTimes(pid)).waited,
    some: layout.pressure === undefined ? 0 : pressureSeconds(layout, path, 'some'),
    full: layout.pressure === undefined ? 0 : pressureSeconds(layout, path, 'full'),
  };
}

/** What each counter rose by over `seconds`. */
async function watch(live: LiveHost, path: string, pid: number, seconds: number): Promise<Counters> {
  const before = readCounters(live, path, pid);
  await systemClock.sleep(seconds * 1000);
  const after = readCounters(live, path, pid);
  const risen = (key: keyof Counters): [string, number] => [key, after[key] - before[key]];
  return Object.fromEntries((Object.keys(before) as (keyof Counters)[]).map(risen)) as unknown as Counters;
}

/** A wait under way at either edge of a window: one quota period. */
const edge = 0.12;

liveTest(t, 'run_delay and PSI include the time throttled', 1, async (t, { live }) => {
  const path = live.add('capped', { quotaCores: 0.2 });
  const { pid } = await live.load(path, { kind: 'spin', threads: 1 });
  const before = threadTimes(pid);
  const rose = await watch(live, path, pid, 1.5);
  const spinner = busiestBetween(before, threadTimes(pid));
  t.ok(rose.throttled > 0.5 * rose.wall, 'it was throttled', rose);
  t.ok(spinner.waited > 0.5 * rose.wall, 'its thread waited all that time', { ...rose, spinner });
  if (live.layout.pressure === undefined) return;
  // A mean over the CPUs that were not idle: its main thread, on another one, thins it.
  t.ok(rose.some > 0.5 * spinner.waited, 'PSI some has it', { ...rose, spinner });
  t.ok(rose.full > 0.5 * spinner.waited, 'and so has PSI full', { ...rose, spinner });
});

liveTest(
  t,
  'throttled time is a sum over queues: not wall time, not thread time',
  2,
  async (t, { live, online }) => {
    const path = live.add('wide', { quotaCores: 0.3, cpus: online.slice(0, 2) });
    const { pid } = await live.load(path, { kind: 'spin', threads: 4 });
    const rose = await watch(live, path, pid, 1.5);
    between(
      t,
      rose.throttled,
      1.2 * rose.wall,
      2 * rose.wall + edge,
      'two queues stood still most of the time',
    );
    t.ok(rose.waited > 1.5 * rose.throttled, 'its four threads waited far longer', rose);
    between(t, rose.usage + rose.throttled, 0, 2 * rose.wall + edge, 'a queue runs or stands still');
    between(t, rose.some, 0, rose.wall + edge, 'PSI is a part of wall time');
    between(t, rose.full, 0, rose.some + edge, 'and full a part of some');
  },
);

liveTest(
  t,
  'the quota of a parent shows in cpu.stat.local of the child, not in its cpu.stat',
  1,
  async (t, { live }) => {
    const parent = live.addParent('pod', { quotaCores: 0.3 });
    const path = live.add('pod/container', {});
    const local = `${live.layout.cpu}${path}/cpu.stat.local`;
    if (!existsSync(local)) {
      t.comment('cpu.stat.local came with Linux 6.6');
      return;
    }
    await live.load(path, { kind: 'spin', threads: 1 });
    const before = throttledLocalSeconds(live.layout, path);
    const parentBefore = throttledSeconds(live.layout, parent);
    await systemClock.sleep(1500);
    const rose = throttledLocalSeconds(live.layout, path) - before;
    const parentRose = throttledSeconds(live.layout, parent) - parentBefore;
    t.equal(throttledSeconds(live.layout, path), 0, 'its own quota never bit');
    between(
      t,
      rose,
      parentRose - edge,
      parentRose + edge,
      'its queue stood still as long as the parent was throttled',
    );
  },
);

liveTest(t, 'run_delay is added when the wait ends', 1, async (t, { live }) => {
  // 100 ms of every second: the threads stand still for 900 ms at a stretch.
  const path = live.add('slow', { quotaCores: 0.1, quotaPeriodUsec: 1_000_000 });
  const { pid } = await live.load(path, { kind: 'spin', threads: 1 });
  let largestStep = 0;
  let last = threadTimes(pid);
  for (let reading = 0; reading < 100; reading++) {
    await systemClock.sleep(20);
    const now = threadTimes(pid);
    const steps = now.map(({ waited }, i) => waited - (last[i]?.waited ?? waited));
    largestStep = Math.max(largestStep, ...steps);
    last = now;
  }
  t.ok(largestStep > 0.5, 'one step holds a whole wait, though readings were 20 ms apart', { largestStep });
});

liveTest(t, 'schedstat of a process is its leader alone', 1, async (t, { live }) => {
  const path = live.add('threads', {});
  const { pid } = await live.load(path, { kind: 'spin', threads: 2 });
  await systemClock.sleep(500);
  const leader = schedstatTimes(`/proc/${pid}/schedstat`).ran;
  const usage = usageSeconds(live.layout, path);
  const all = sumTimes(threadTimes(pid)).ran;
  t.ok(all > leader + 0.25, 'its threads ran far longer', { leader, all });
  t.ok(all > 0.9 * usage, 'and together they are the usage of the cgroup', { all, usage });
});

liveTest(
  t,
  'on one CPU weights are shares of it, whoever has more threads',
  1,
  async (t, { live, online }) => {
    const cpus = online.slice(-1);
    const one = live.add('one', { shares: 3072, cpus });
    const many = live.add('many', { shares: 1024, cpus });
    await live.loadAll({ [one]: { kind: 'spin', threads: 1 }, [many]: { kind: 'spin', threads: 6 } });
    const window = await live.measure(1.5);
    const both = window.of(one).received + window.of(many).received;
    between(t, window.of(one).received / both, 0.65, 0.85, 'three quarters');
  },
);

liveTest(t, 'across CPUs a weight is spread over where the threads are', 2, async (t, { live, online }) => {
  const [first, second] = [online.slice(0, 1), online.slice(1, 2)];
  live.addParent('spread', { shares: 1024 });
  const elsewhere = live.add('spread/elsewhere', { cpus: first });
  const here = live.add('spread/here', { cpus: second });
  const single = live.add('single', { shares: 1024, cpus: second });
  const spinner = { kind: 'spin', threads: 1 } as const;
  await live.loadAll({ [elsewhere]: spinner, [here]: spinner, [single]: spinner });
  // The kernel learns over some 100 ms how much load each CPU has.
  await systemClock.sleep(400);
  const window = await live.measure(1.5);
  t.ok(window.of(elsewhere).received > 0, 'it runs on both CPUs');
  const both = window.of(here).received + window.of(single).received;
  // Half of the weight stands on the first CPU: on the second there are 512 against 1024.
  between(t, window.of(here).received / both, 0.25, 0.45, 'a third of the shared CPU, not half');
});

liveTest(
  t,
  'a cgroup is its inode number: one made anew at the same path is another',
  1,
  async (t, { live }) => {
    const path = live.add('again', {});
    const inode = (): bigint => statSync(`${live.layout.cpu}${path}`, { bigint: true }).ino;
    const before = inode();
    await live.remove(path);
    live.add('again', {});
    t.not(inode(), before);
  },
);

liveTest(t, 'PSI that is switched off is absent, not zero', 1, async (t, { live }) => {
  const path = live.add('quiet', {});
  const control = `${live.layout.pressure}${path}/cgroup.pressure`;
  if (live.layout.pressure === undefined || !existsSync(control)) {
    t.comment('no PSI, or no cgroup.pressure before Linux 6.1');
    return;
  }
  writeFileSync(control, '0');
  t.throws(() => readFileSync(`${live.layout.pressure}${path}/cpu.pressure`, 'utf8'));
});

liveTest(t, 'nobody in particular may read all of it', 1, async (t, { live }) => {
  const path = live.add('read', {});
  const { pid } = await live.load(path, { kind: 'spin', threads: 1 });
  const files = [
    `/proc/${pid}/task/${pid}/schedstat`,
    `${live.layout.cpu}${path}/cpu.stat`,
    `${live.layout.cpu}${path}/cgroup.procs`,
    ...(live.layout.pressure === undefined ? [] : [`${live.layout.pressure}${path}/cpu.pressure`]),
  ];
  const cat = spawn('cat', files, { uid: 65534, gid: 65534, cwd: '/', stdio: 'ignore' });
  const [code] = (await once(cat, 'exit')) as [number];
  t.equal(code, 0, 'uid 65534, with no capability, reads every file');
});

liveTest(t, 'a v1 cpuset narrows from below and widens from above', 2, async (t, { live, online }) => {
  if (live.layout.version === 'v2' || live.layout.cpuset === undefined) {
    t.comment('v2 intersects with the parent instead');
    return;
  }
  const [first, second] = [online[0] ?? 0, online[1] ?? 0];
  const parent = live.addParent('outer', { cpus: [first, second] });
  const path = live.add('outer/inner', { cpus: [first, second] });
  const write = (to: string, cpus: string) => (): void => {
    writeFileSync(`${live.layout.cpuset}${to}/cpuset.cpus`, cpus);
  };
  t.throws(write(parent, `${first}`), { code: 'EBUSY' }, 'the parent cannot become narrower than its child');
  write(path, `${first}`)();
  write(parent, `${first}`)();
  t.throws(
    write(path, `${first},${second}`),
    { code: 'EACCES' },
    'the child cannot become wider than its parent',
  );
});

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import type { Sample } from '../../kernel/sample.ts';
import type { LiveHost } from '../support/live-host.ts';
import { liveTest } from '../support/live-test.ts';

const everything = (): boolean => true;
/** A reading while this process is in the cgroup. */
function readFrom(live: LiveHost, path: string): Sample {
  live.place(path, process.pid);
  try {
    return live.reader.read(everything);
  } finally {
    live.place('', process.pid);
  }
}
const below = (sample: Sample, parent: string): string[] =>
  sample.containers.map(({ path }) => path).filter((path) => path.startsWith(`${parent}/`));

liveTest(
  t,
  'as many children as before, all of them others: seen in the next tick but one',
  1,
  async (t, { live }) => {
    const make = (from: number): string[] =>
      Array.from({ length: 5 }, (_, at) => live.add(`swap${from + at}`, { reserved: 1 }));
    const old = make(0);
    t.strictSame(below(live.reader.read(everything), live.parent), old);
    for (const path of old) await live.remove(path);
    const fresh = make(5);
    live.reader.read(everything);
    t.strictSame(below(live.reader.read(everything), live.parent), fresh);
    for (const path of fresh) await live.remove(path);
  },
);

liveTest(t, 'threads: each its own numbers, the main one and the others', 1, async (t, { live }) => {
  const worker = new Worker(
    'setInterval(() => {}, 1000); require("node:worker_threads").parentPort.postMessage(1)',
    {
      eval: true,
    },
  );
  t.teardown(() => worker.terminate());
  await new Promise((resolve) => worker.once('message', resolve));
  const path = live.add('threads', { reserved: 1 });
  live.lowerPriority();
  const sample = readFrom(live, path);
  const threads = sample.cgroups.find((each) => each.path === path)?.threads;
  t.ok((threads?.tids.length ?? 0) > 2);
  t.equal(threads?.unread, 0);
  t.ok(threads?.tids.includes(process.pid));
  t.ok(new Set(threads?.runNs).size > 2, 'not the numbers of the leader over and over');
});

liveTest(
  t,
  'in a pid namespace of its own, the host threads are found through /proc',
  1,
  async (t, { live }) => {
    const path = live.add('seen', { reserved: 1 });
    live.lowerPriority();
    live.place(path, process.pid);
    const script = `
    import { SampleReader } from './host/sample-reader.ts';
    import { systemClock } from './host/clock.ts';
    import { defaultRoots } from './host/roots.ts';
    const reservations = { names: (path) => path === process.argv[1], reservationFor: () => undefined };
    const reader = new SampleReader({ roots: defaultRoots, clock: systemClock, reservations });
    const sample = reader.read(() => true);
    const threads = sample.cgroups.find(({ path }) => path === process.argv[1])?.threads;
    console.log(JSON.stringify({ pid: process.pid, tids: [...(threads?.tids ?? [])], unread: threads?.unread }));`;
    const run = spawnSync(
      'unshare',
      ['--pid', '--fork', process.execPath, '--input-type=module', '--eval', script, path],
      { encoding: 'utf8', cwd: `${import.meta.dirname}/../..` },
    );
    live.place('', process.pid);
    t.equal(run.status, 0, run.stderr);
    const seen = JSON.parse(run.stdout) as { pid: number; tids: number[]; unread: number };
    t.equal(seen.pid, 1);
    t.ok(seen.tids.includes(process.pid));
    t.equal(seen.unread, 0);
  },
);

liveTest(t, 'the cgroup file system tells of children by links alone', 1, async (t, { live }) => {
  const folder = `${live.layout.cpu}${live.add('links', { reserved: 1 })}`;
  const stat = (): string => execFileSync('stat', ['-c', '%h', folder], { encoding: 'utf8' }).trim();
  t.equal(stat(), '2');
  mkdirSync(`${folder}/child`);
  t.equal(stat(), '3');
  rmdirSync(`${folder}/child`);
  t.equal(stat(), '2');
});

/** Containers that come, go and change under the reader, on real cgroups. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import type { Sample } from '../../kernel/sample.ts';
import { deriveHostLedger } from '../../ledger/derive.ts';
import { balanced } from '../support/live-assertions.ts';
import { liveTest } from '../support/live-test.ts';

const everyThread = (): boolean => true;
const pathsOf = (sample: Sample): readonly string[] => sample.containers.map(({ path }) => path);

liveTest(t, 'a cgroup that is removed while its files are open, and made again', 1, async (t, { live }) => {
  const path = live.add('brief', { reserved: 1 });
  const stays = live.add('stays', { reserved: 1 });
  const first = live.reader.read(everyThread);
  t.ok(pathsOf(first).includes(path));

  await live.remove(path);
  const without = live.reader.read(everyThread);
  t.notOk(pathsOf(without).includes(path), 'it is gone from the next sample');
  t.ok(pathsOf(without).includes(stays), 'and the others are there');

  live.add('brief', { reserved: 1 });
  const again = live.reader.read(everyThread);
  t.ok(pathsOf(again).includes(path), 'the new one of the same path is there');
  const idIn = (sample: Sample) => sample.cgroups.find((cgroup) => cgroup.path === path)?.cgroupId;
  t.not(idIn(again), idIn(first), 'as another cgroup');
  const paths = deriveHostLedger(first, again).containers.map((container) => container.path);
  t.notOk(paths.includes(path), 'and no ledger runs from the old to the new one');
  t.ok(paths.includes(stays));
  const later = deriveHostLedger(again, live.reader.read(everyThread));
  t.ok(
    later.containers.some((container) => container.path === path),
    'the next window has it',
  );
});

liveTest(t, 'removed and made again between two samples', 1, async (t, { live }) => {
  const path = live.add('swapped', { reserved: 1 });
  const before = live.reader.read(everyThread);
  await live.remove(path);
  live.add('swapped', { reserved: 1 });
  const after = live.reader.read(everyThread);
  t.same(deriveHostLedger(before, after).containers, [], 'no window spans the two');
  const later = live.reader.read(everyThread);
  t.ok(pathsOf(later).includes(path), 'the new one is found when the old one does not answer');
  t.same(deriveHostLedger(before, later).containers, []);
});

liveTest(t, 'a hundred cgroups made and removed', 1, async (t, { live }) => {
  const stays = live.add('stays', { reserved: 1 });
  live.reader.read(everyThread);
  const before = live.reader.stats();
  for (let round = 0; round < 10; round++) {
    const paths = Array.from({ length: 10 }, (_, i) => live.add(`brief-${round}-${i}`, { reserved: 1 }));
    // As many came as went: that shows when those that went do not answer.
    live.reader.read(everyThread);
    const sample = live.reader.read(everyThread);
    t.equal(sample.containers.length, 11, 'all of them are seen');
    for (const path of paths) await live.remove(path);
  }
  const last = live.reader.read(everyThread);
  t.same(pathsOf(last), [stays]);
  const after = live.reader.stats();
  t.equal(after.cgroups, before.cgroups);
  t.equal(after.openDescriptors, before.openDescriptors, 'no descriptor stays behind');
});

liveTest(t, 'threads that live for a millisecond', 1, async (t, { live }) => {
  const path = live.add('churn', { reserved: 1 });
  // It ends by itself, however this test ends.
  const script = 'read start; i=0; while [ $i -lt 10000 ]; do /bin/true; i=$((i + 1)); done';
  const shell = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(shell, 'spawn');
  try {
    live.place(path, shell.pid ?? 0);
    shell.stdin.end('start\n');
    const window = await live.measure(1.5);
    const ledger = balanced(t, window, path);
    t.ok(ledger.received > 0.05 * ledger.windowSeconds, 'it used the CPU', { received: ledger.received });
    t.ok(ledger.quality.includes('thread_churn'), 'its threads were not all seen, and that is said');
  } finally {
    const exited = once(shell, 'exit');
    shell.kill('SIGKILL');
    await exited;
  }
});

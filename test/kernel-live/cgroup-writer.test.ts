/** The writer and what the kernel makes of it. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import t from 'tap';
import { defaultRoots } from '../../host/roots.ts';
import {
  applyCgroupSettings,
  CgroupWriteError,
  createCgroup,
  moveProcess,
  removeCgroup,
} from '../../host/cgroup-writer.ts';
import { systemClock } from '../../host/clock.ts';
import { ScratchCgroups } from '../../host/scratch-cgroups.ts';
import { readLine } from '../support/live-files.ts';
import { liveTest } from '../support/live-test.ts';

liveTest(t, 'every setting is taken, and stands there', 1, async (t, { live, online }) => {
  const { layout } = live;
  const isV2 = layout.version === 'v2';
  const path = `${live.parent}/written`;
  createCgroup(layout, path);
  const weight = isV2
    ? ({ kind: 'weight', weight: 59 } as const)
    : ({ kind: 'shares', shares: 1536 } as const);
  const allowedCpus = { cpus: online.slice(0, 1) };
  applyCgroupSettings(layout, path, { weight, allowedCpus });
  for (const quota of [
    { quotaUsec: 50_000, periodUsec: 100_000 },
    { quotaUsec: 20_000, periodUsec: 20_000 },
    { quotaUsec: 900_000, periodUsec: 1_000_000 },
    { quotaUsec: 'max', periodUsec: 100_000 },
  ] as const) {
    applyCgroupSettings(layout, path, { quota });
  }
  applyCgroupSettings(layout, path, { idle: true });
  t.equal(readLine(`${layout.cpu}${path}/cpu.idle`), '1');
  applyCgroupSettings(layout, path, { idle: false, weight });
  t.equal(readLine(`${layout.cpu}${path}/${isV2 ? 'cpu.weight' : 'cpu.shares'}`), isV2 ? '59' : '1536');
  await removeCgroup(layout, path, systemClock);
  t.notOk(existsSync(`${layout.cpu}${path}`));
});

liveTest(t, 'what the kernel clamps or refuses is an error', 1, async (t, { live }) => {
  const { layout } = live;
  const path = live.add('refused', {});
  const tooLittle = layout.version === 'v2' ? { kind: 'weight', weight: 0 } : { kind: 'shares', shares: 1 };
  t.throws(() => {
    applyCgroupSettings(layout, path, { weight: tooLittle as never });
  }, CgroupWriteError);
  t.throws(
    () => {
      applyCgroupSettings(layout, path, { quota: { quotaUsec: 1, periodUsec: 100_000 } });
    },
    { code: 'EINVAL' },
  );
  t.throws(
    () => {
      moveProcess(layout, path, 0x3fffff);
    },
    { code: 'ESRCH' },
  );
});

liveTest(t, 'a cgroup with a process in it is not removed', 1, async (t, { live }) => {
  const path = live.add('busy', {});
  const sleeper = spawn('sleep', ['30']);
  await once(sleeper, 'spawn');
  try {
    live.place(path, sleeper.pid ?? 0);
    const impatient = { ...systemClock, sleep: async () => undefined };
    await t.rejects(removeCgroup(live.layout, path, impatient), { code: 'EBUSY' });
  } finally {
    sleeper.kill('SIGKILL');
    await once(sleeper, 'exit');
  }
});

liveTest(t, 'what a killed process left behind goes when the next one starts', 1, async (t, { live }) => {
  const { layout } = live;
  const prefix = 'cpugap-test-orphan';
  const open = (): Promise<ScratchCgroups> =>
    ScratchCgroups.open({ layout, clock: systemClock, proc: defaultRoots.proc, prefix });
  const { pid: deadPid } = spawnSync('true');
  const orphan = `/${prefix}-${deadPid}-1`;
  // The pid may live again, as another process that started at another time.
  const recycled = `/${prefix}-${process.pid}-1`;
  for (const path of [orphan, recycled]) createCgroup(layout, path);
  createCgroup(layout, `${orphan}/below`);
  const scratch = await open();
  t.same(
    readdirSync(layout.cpu).filter((name) => name.startsWith(prefix)),
    [scratch.path.slice(1)],
  );
  await scratch.close();
  t.notOk(existsSync(`${layout.cpu}${scratch.path}`));
});

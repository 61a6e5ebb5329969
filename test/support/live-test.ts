/** Tests on the real kernel: where they run, and one at a time on the whole machine. */
import { createServer } from 'node:net';
import type { Test } from 'tap';
import { readCgroupLayout } from '../../host/cgroup-layout.ts';
import { systemClock } from '../../host/clock.ts';
import { defaultRoots } from '../../host/roots.ts';
import { parseCpuSet } from '../../kernel/cpu-set.ts';
import { LiveHost } from './live-host.ts';
import { readLine } from './live-files.ts';

/** For a whole file, however it is run; beside another load some take a minute, and one that is cut off leaves things behind. */
const fileTimeoutMs = 120_000;

export interface LiveCircumstances {
  readonly live: LiveHost;
  /** The CPUs of the machine that are online. */
  readonly online: readonly number[];
}

/**
 * Adds a test that needs root on a Linux with at least `cpus` CPUs. Elsewhere it is skipped with the reason; with CI=true
 * that is a failure.
 */
export function liveTest(
  t: Test,
  name: string,
  cpus: number,
  run: (t: Test, circumstances: LiveCircumstances) => Promise<void>,
): void {
  const online = onlineCpus();
  const why = whyNoCgroups() ?? (online.length < cpus ? `needs ${cpus} CPUs` : undefined);
  machineTest(t, name, why, async (t) => {
    const live = await LiveHost.open();
    try {
      await run(t, { live, online });
    } finally {
      await live.close();
    }
  });
}

/** Adds a test that has the machine to itself; with a reason why it cannot run it is skipped, or fails with CI=true. */
export function machineTest(
  t: Test,
  name: string,
  why: string | undefined,
  run: (t: Test) => Promise<void>,
): void {
  if (why !== undefined && process.env['CI'] !== 'true') {
    t.test(name, { skip: why }, () => undefined);
    return;
  }
  t.setTimeout(fileTimeoutMs);
  t.test(name, async (t) => {
    if (why !== undefined) throw new Error(`a test on the real kernel may not be skipped in CI: ${why}`);
    const unlock = await lockMachine();
    try {
      await run(t);
    } finally {
      unlock();
    }
  });
}

export function onlineCpus(): readonly number[] {
  return process.platform === 'linux' ? parseCpuSet(readLine('/sys/devices/system/cpu/online')).cpus : [];
}

/** Why no test cgroups can be made here. */
export function whyNoCgroups(): string | undefined {
  if (process.platform !== 'linux') return `needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'needs root, to make cgroups';
  return readCgroupLayout(defaultRoots)
    ? undefined
    : 'needs a mounted cgroup hierarchy with the cpu controller';
}

/**
 * Two loads at once would disturb each other. The lock is an abstract socket, which the kernel frees with its owner,
 * however that ends. Resolves to what unlocks it.
 */
async function lockMachine(): Promise<() => void> {
  for (;;) {
    const server = createServer();
    const isLocked = await new Promise<boolean>((resolve) => {
      server.once('error', () => {
        resolve(false);
      });
      server.listen('\0cpugap-kernel-tests', () => {
        resolve(true);
      });
    });
    if (isLocked) return () => server.close();
    await systemClock.sleep(100);
  }
}

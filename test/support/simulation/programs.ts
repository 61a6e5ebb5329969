/** What the threads of each kind of workload do, as small state machines around the things they share. */
import type { Group } from './group.ts';
import { spread } from './random.ts';
import type { Workload } from './spec.ts';
import type { Program, Step, Thread, ThreadWorld } from './thread.ts';

type Kind<K extends Workload['kind']> = Extract<Workload, { readonly kind: K }>;

/** Where a workload's threads live. */
export interface Home {
  readonly group: Group | undefined;
  readonly cpus: readonly number[];
}

interface Start {
  readonly first: Step;
  readonly program: Program;
}

/** Starts `count` threads; `startOf` sees the array that will hold them all. */
const spawnAll = (
  world: ThreadWorld,
  home: Home,
  workload: Workload,
  count: number,
  startOf: (index: number, all: readonly Thread[]) => Start,
): void => {
  const all: Thread[] = [];
  for (let i = 0; i < count; i++) {
    const pin = workload.pins?.[i];
    const allowed = pin === undefined ? home.cpus : home.cpus.filter((cpu) => pin.includes(cpu));
    all.push(world.spawn({ group: home.group, allowed, ...startOf(i, all) }));
  }
};

const startSpin = (world: ThreadWorld, home: Home, workload: Kind<'spin'>): void => {
  const forever: Step = { kind: 'run', ns: Infinity };
  spawnAll(world, home, workload, workload.threads, () => ({ first: forever, program: () => forever }));
};

const startCycle = (world: ThreadWorld, home: Home, workload: Kind<'cycle'>): void => {
  const burst = (): number => spread(world.random, workload.burstNs, workload.jitter ?? 0);
  const phase = workload.phaseNs ?? 0;
  spawnAll(world, home, workload, workload.threads, () => {
    let periodStart = workload.together ? phase : phase + Math.floor(world.random() * workload.periodNs);
    return {
      first: { kind: 'sleep', untilNs: periodStart, thenRunNs: burst() },
      program: (host) => {
        periodStart = Math.max(periodStart + workload.periodNs, host.now);
        return { kind: 'sleep', untilNs: periodStart, thenRunNs: burst() };
      },
    };
  });
};

const startBarrier = (world: ThreadWorld, home: Home, workload: Kind<'barrier'>): void => {
  const work = (): number => spread(world.random, workload.workNs, workload.jitter ?? 0);
  let arrived = 0;
  spawnAll(world, home, workload, workload.threads, (_, all) => ({
    first: { kind: 'run', ns: work() },
    program: (host, self) => {
      arrived += 1;
      if (arrived < workload.threads) return { kind: 'block', thenRunNs: work() };
      arrived = 0;
      for (const other of all) if (other !== self) host.wake(other, self);
      return { kind: 'run', ns: work() };
    },
  }));
};

const startForkJoin = (world: ThreadWorld, home: Home, workload: Kind<'fork_join'>): void => {
  const lengthOf = (mean: number): number => spread(world.random, mean, workload.jitter ?? 0);
  let phase: 'serial' | 'parallel' = 'serial';
  let atWork = 0;
  spawnAll(world, home, workload, workload.threads, (index, all) => ({
    first:
      index === 0
        ? { kind: 'run', ns: lengthOf(workload.serialNs) }
        : { kind: 'block', thenRunNs: lengthOf(workload.parallelNs) },
    program: (host, self) => {
      if (phase === 'serial') {
        phase = 'parallel';
        atWork = workload.threads;
        for (const other of all) if (other !== self) host.wake(other, self);
        return { kind: 'run', ns: lengthOf(workload.parallelNs) };
      }
      atWork -= 1;
      if (atWork === 0) phase = 'serial';
      const mean = index === 0 ? workload.serialNs : workload.parallelNs;
      if (atWork > 0) return { kind: 'block', thenRunNs: lengthOf(mean) };
      if (index === 0) return { kind: 'run', ns: lengthOf(mean) };
      host.wake(all[0]!, self);
      return { kind: 'block', thenRunNs: lengthOf(mean) };
    },
  }));
};

const startPipeline = (world: ThreadWorld, home: Home, workload: Kind<'pipeline'>): void => {
  const work = (): number => spread(world.random, workload.workNs, workload.jitter ?? 0);
  const tokens = Array.from({ length: workload.threads }, () => 0);
  spawnAll(world, home, workload, workload.threads, (index, all) => ({
    first: index < workload.tokens ? { kind: 'run', ns: work() } : { kind: 'block', thenRunNs: work() },
    program: (host, self) => {
      const successor = (index + 1) % workload.threads;
      const next = all[successor]!;
      if (next.state === 'blocked') host.wake(next, self);
      else tokens[successor]! += 1;
      if (tokens[index] === 0) return { kind: 'block', thenRunNs: work() };
      tokens[index]! -= 1;
      return { kind: 'run', ns: work() };
    },
  }));
};

const startLock = (world: ThreadWorld, home: Home, workload: Kind<'lock'>): void => {
  const lengthOf = (mean: number): number => spread(world.random, mean, workload.jitter ?? 0);
  let holder: Thread | undefined;
  const queue: Thread[] = [];
  const handOn = (host: ThreadWorld, self: Thread): void => {
    holder = queue.shift();
    if (holder !== undefined) host.wake(holder, self);
  };
  spawnAll(world, home, workload, workload.threads, () => ({
    first: { kind: 'run', ns: lengthOf(workload.outsideNs) },
    program: (host, self) => {
      if (holder === self) {
        handOn(host, self);
        return { kind: 'run', ns: lengthOf(workload.outsideNs) };
      }
      const inside = lengthOf(workload.insideNs);
      if (holder !== undefined) {
        queue.push(self);
        return { kind: 'block', thenRunNs: inside };
      }
      holder = self;
      return { kind: 'run', ns: inside };
    },
  }));
};

const forkNs = 50_000;

const startChurn = (world: ThreadWorld, home: Home, workload: Kind<'churn'>): void => {
  const burst = (): number => spread(world.random, workload.burstNs, workload.jitter ?? 0);
  let periodStart = Math.floor(world.random() * workload.periodNs);
  const fork = (host: ThreadWorld): void => {
    const first: Step = { kind: 'run', ns: burst() };
    host.spawn({ group: home.group, allowed: home.cpus, first, program: () => ({ kind: 'exit' }) });
  };
  spawnAll(world, home, workload, 1, () => ({
    first: { kind: 'sleep', untilNs: periodStart, thenRunNs: forkNs },
    program: (host) => {
      for (let i = 0; i < workload.children; i++) fork(host);
      periodStart = Math.max(periodStart + workload.periodNs, host.now);
      return { kind: 'sleep', untilNs: periodStart, thenRunNs: forkNs };
    },
  }));
};

export const startWorkload = (world: ThreadWorld, home: Home, workload: Workload): void => {
  switch (workload.kind) {
    case 'spin':
      startSpin(world, home, workload);
      return;
    case 'cycle':
      startCycle(world, home, workload);
      return;
    case 'barrier':
      startBarrier(world, home, workload);
      return;
    case 'fork_join':
      startForkJoin(world, home, workload);
      return;
    case 'pipeline':
      startPipeline(world, home, workload);
      return;
    case 'lock':
      startLock(world, home, workload);
      return;
    case 'churn':
      startChurn(world, home, workload);
      return;
    default:
      workload satisfies never;
  }
};

import t from 'tap';
import { fc } from './properties.ts';
import { observeAt, SimulatedHost } from './simulated-host.ts';
import { GroupPressure } from './simulation/pressure.ts';
import type { ContainerSpec, HostSpec, Workload } from './simulation/spec.ts';
import { waitClasses } from './simulation/truth.ts';
import { hostSpecs } from './simulation/worlds.ts';

const ms = 1_000_000;
const near = (
  t: { ok(holds: boolean, message: string): boolean },
  found: number,
  wanted: number,
  within: number,
  what: string,
): void => {
  t.ok(Math.abs(found - wanted) <= within, `${what}: ${found}, expected ${wanted} +- ${within}`);
};
const spinner = (path: string, weight: number, threads = 1): ContainerSpec => ({
  path,
  weight,
  reservedCores: 1,
  workloads: [{ kind: 'spin', threads }],
});

t.test('conserves time and threads in random worlds', async () => {
  const seconds = 0.4;
  fc.assert(
    fc.property(hostSpecs({ steal: true, churn: true, mostCpus: 4 }), (spec) => {
      const { host, observations } = observeAt(spec, [0.1, 0.1 + seconds], 0);
      const [from, to] = [observations[0]!, observations[1]!];
      const cpuNs = host.machine.cpus.map((cpu) => cpu.userNs + cpu.systemNs + cpu.idleNs + cpu.stealNs);
      if (cpuNs.some((ns) => ns !== host.machine.now)) return false;
      const leaves = host.machine.groups.filter((group) => host.machine.truths.has(group));
      const used = leaves.reduce((sum, group) => sum + group.usageNs, 0);
      if (used !== host.machine.cpus.reduce((sum, cpu) => sum + cpu.userNs, 0)) return false;
      return spec.containers.every(({ path }) => {
        const truth = host.truth(path, from, to);
        const waited = waitClasses.reduce((sum, behind) => sum + truth.waits[behind], 0);
        const total = truth.concurrency.reduce((sum, time) => sum + time, 0);
        return (
          truth.waits.idle === 0 &&
          Math.abs(total - seconds) < 1e-9 &&
          Math.abs(truth.received + waited + truth.stolen - truth.wanted) < 1e-9 &&
          truth.active <= truth.wanted + 1e-9 &&
          truth.waitingMoments <= waited + 1e-9
        );
      });
    }),
    { numRuns: 60 },
  );
});

t.test('is the same world for the same spec', async (t) => {
  const [spec] = fc.sample(hostSpecs({ steal: true, churn: true, mostCpus: 3 }), { numRuns: 1, seed: 7 });
  const [a, b] = [observeAt(spec!, [0.5]), observeAt(spec!, [0.5])];
  t.strictSame(a.observations[0]!.sample, b.observations[0]!.sample);
});

t.test('gives CPU time by weight', async (t) => {
  const shares = (containers: readonly ContainerSpec[], parents: HostSpec['parents'] = []): number[] => {
    const { host, observations } = observeAt({ seed: 1, cpuCount: 1, containers, parents }, [0, 6], 0);
    return containers.map(({ path }) => host.truth(path, observations[0]!, observations[1]!).received / 6);
  };
  const [small, large] = shares([spinner('/small', 512), spinner('/large', 1536, 4)]);
  near(t, small!, 0.25, 0.005, 'a quarter of the weight');
  near(t, large!, 0.75, 0.005, 'whatever the number of threads');
  const nested = shares(
    [spinner('/pod/a', 3072), spinner('/pod/b', 1024), spinner('/c', 1024)],
    [{ path: '/pod', weight: 1024 }],
  );
  near(t, nested[0]!, 0.375, 0.005, 'three quarters of a half');
  near(t, nested[1]!, 0.125, 0.005, 'a quarter of a half');
});

t.test('spreads a weight over the CPUs where the load is', async (t) => {
  const pinned: ContainerSpec = {
    ...spinner('/n', 2048),
    workloads: [{ kind: 'spin', threads: 2, pins: [[0], [1]] }],
  };
  const alone: ContainerSpec = { ...spinner('/t', 1024), cpus: [0] };
  const { host, observations } = observeAt({ seed: 1, cpuCount: 2, containers: [pinned, alone] }, [0, 6], 0);
  near(
    t,
    host.truth('/t', observations[0]!, observations[1]!).received / 6,
    0.5,
    0.005,
    '1024 against 2048 / 2',
  );
});

t.test('holds quotas, its own and an ancestor’s', async (t) => {
  const quota = { quotaNs: 50 * ms };
  for (const [own, parent] of [
    [{ quota }, {}],
    [{}, { quota }],
  ]) {
    const containers = [{ ...spinner('/pod/c', 1024, 2), ...own }];
    const spec = { seed: 1, cpuCount: 2, containers, parents: [{ path: '/pod', ...parent }] };
    const { host, observations } = observeAt(spec, [0.2, 2.2], 0);
    const truth = host.truth('/pod/c', observations[0]!, observations[1]!);
    near(t, truth.received, 1, 1e-6, 'quota / period');
    near(t, truth.waits.throttled, 3, 1e-6, 'the rest is throttled, both threads');
    const throttled = observations[1]!.sample.cgroups.filter(
      (cgroup) => cgroup.bandwidth!.throttledPeriods > 0,
    );
    t.strictSame(
      throttled.map((cgroup) => cgroup.path),
      [own === undefined || !('quota' in own) ? '/pod' : '/pod/c'],
    );
    const leaf = observations[1]!.sample.cgroups.find((cgroup) => cgroup.path === '/pod/c')!;
    const leafBefore = observations[0]!.sample.cgroups.find((cgroup) => cgroup.path === '/pod/c')!;
    near(
      t,
      Number(leaf.throttledSelfNs! - leafBefore.throttledSelfNs!) / 1e9,
      3,
      1e-6,
      'queue-seconds below',
    );
  }
});

t.test('averages pressure over non-idle CPUs', async (t) => {
  const pressure = new GroupPressure(2, 4 * ms);
  pressure.advance(0, 1, true, 500 * ms);
  pressure.advance(1, 1, false, 500 * ms);
  t.strictSame(pressure.read(1000 * ms), { someNs: 250 * ms, fullNs: 250 * ms });
  pressure.advance(0, 2, true, 100 * ms);
  t.strictSame(pressure.read(1100 * ms), { someNs: 350 * ms, fullNs: 250 * ms });
  pressure.advance(0, 1, false, 3 * ms);
  t.strictSame(
    pressure.read(1103 * ms),
    { someNs: 350 * ms, fullNs: 250 * ms },
    'less than a jiffy weighs nothing',
  );
});

t.test('shows that usage and pressure do not bound active time', async (t) => {
  const half = (phaseNs: number, cpu: number): Workload => ({
    kind: 'cycle',
    threads: 1,
    periodNs: 1000 * ms,
    burstNs: 500 * ms,
    phaseNs,
    together: true,
    pins: [[cpu]],
  });
  const victim: ContainerSpec = {
    path: '/v',
    weight: 2,
    reservedCores: 1,
    workloads: [half(0, 0), half(500 * ms, 1)],
  };
  const heavy: ContainerSpec = { ...spinner('/n', 262144), cpus: [1] };
  const spec = { seed: 1, cpuCount: 2, containers: [victim, heavy], scheduling: { sliceNs: ms / 10 } };
  const { host, observations } = observeAt(spec, [0, 1], 0);
  const truth = host.truth('/v', observations[0]!, observations[1]!);
  const some = observations[1]!.sample.cgroups.find((cgroup) => cgroup.path === '/v')!.pressure!.someNs;
  near(t, truth.received, 0.5, 0.001, 'U');
  near(t, Number(some) / 1e9, 0.25, 0.001, 'S');
  near(t, truth.active, 1, 1e-9, 'A');
});

t.test('counts the demand that a wait suppressed', async (t) => {
  const pair: ContainerSpec = {
    path: '/pair',
    weight: 1536,
    reservedCores: 1.5,
    workloads: [{ kind: 'barrier', threads: 2, workNs: ms }],
  };
  const alone = observeAt({ seed: 3, cpuCount: 2, containers: [pair] }, [0.5, 2.5]);
  const free = alone.host.truth('/pair', alone.observations[0]!, alone.observations[1]!);
  near(t, free.induced, 0, 1e-9, 'J alone');
  near(t, free.gap, 0, 1e-9, 'gap alone');
  const crowd = spinner('/crowd', 512, 8);
  const beside = observeAt({ seed: 3, cpuCount: 2, containers: [pair, crowd] }, [0.5, 2.5]);
  const held = beside.host.truth('/pair', beside.observations[0]!, beside.observations[1]!);
  t.ok(held.induced > 0.05, `J beside spinners: ${held.induced}`);
  t.ok(held.entitled > held.entitledDirectly, 'J is part of what it is entitled to');
  near(t, held.induced, held.inducedAtWakeup, 0.05, 'J by time and by wakeup');
});

t.test('adds a wait to run_delay when it ends, and PSI at once', async (t) => {
  const starved: ContainerSpec = { ...spinner('/v', 1024), quota: { quotaNs: 10 * ms }, reservedCores: 1 };
  const host = new SimulatedHost({ seed: 1, cpuCount: 1, containers: [starved] });
  const read = (): { delay: number; some: number } => {
    const cgroup = host.observe().sample.cgroups[0]!;
    return { delay: Number(cgroup.threads!.runDelayNs[0]) / ms, some: Number(cgroup.pressure!.someNs) / ms };
  };
  host.runFor(0.05);
  t.strictSame(read(), { delay: 0, some: 40 });
  host.runFor(0.05);
  t.strictSame(read(), { delay: 90, some: 90 });
});

t.test('counts CPU time in ticks of 10 ms and usage up to the last tick where asked', async (t) => {
  const spec = {
    seed: 1,
    cpuCount: 1,
    containers: [spinner('/c', 1024)],
    emission: { accountingTickNs: 4 * ms },
  };
  const host = new SimulatedHost(spec);
  host.runFor(0.059);
  const { host: hostSample, cgroups } = host.observe().sample;
  t.equal(hostSample.cpus[0]!.userNs, 50_000_000n);
  t.equal(cgroups[0]!.usageNs, 56_000_000n);
  t.equal(cgroups[0]!.threads!.runNs[0], 56_000_000n);
});

t.test('forgets threads that are gone', async (t) => {
  const churn: ContainerSpec = {
    path: '/make',
    reservedCores: 1,
    workloads: [{ kind: 'churn', children: 2, periodNs: 20 * ms, burstNs: 5 * ms }],
  };
  const { host, observations } = observeAt({ seed: 1, cpuCount: 2, containers: [churn] }, [0.2, 1.2], 0);
  const truth = host.truth('/make', observations[0]!, observations[1]!);
  const threads = observations[1]!.sample.cgroups[0]!.threads!;
  near(t, truth.received, 0.5, 0.03, 'usage of all children');
  t.ok(threads.tids.length <= 3, 'only the parent and living children are listed');
  const seen = threads.runNs.reduce((sum, ns) => sum + Number(ns), 0) / 1e9;
  t.ok(seen < 0.1, 'most of the usage is of threads that nobody can list');
});

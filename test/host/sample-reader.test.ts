import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { NoCgroupsError, SampleReader, type SampleReaderOptions } from '../../host/sample-reader.ts';
import type { ReservationSource } from '../../host/reservation-source.ts';
import type { CgroupSample, CgroupVersion, Sample } from '../../kernel/sample.ts';
import { FakeHost, StillClock } from '../support/fake-host.ts';
import { FaultyCalls } from '../support/faulty-calls.ts';

const id = 'ab12'.repeat(16);
const docker = `/docker/${id}`;
const versions: readonly CgroupVersion[] = ['v1', 'hybrid', 'v2'];
const none = (): boolean => false;
const all = (): boolean => true;

function openHost(t: Test, version: CgroupVersion, options: Partial<SampleReaderOptions> = {}) {
  const host = new FakeHost(version);
  const clock = new StillClock();
  const open = (more: Partial<SampleReaderOptions> = {}): SampleReader => {
    const reader = new SampleReader({ roots: host.roots, clock, ...options, ...more });
    t.teardown(() => {
      reader.close();
    });
    return reader;
  };
  t.teardown(() => {
    host.remove();
  });
  return { host, clock, open };
}

const cgroup = (sample: Sample, path: string): CgroupSample | undefined =>
  sample.cgroups.find((each) => each.path === path);
const failures = (sample: Sample): Record<string, number> =>
  Object.fromEntries(
    sample.collectors.filter((each) => each.failures > 0).map((each) => [each.name, each.failures]),
  );

for (const version of versions) {
  t.test(`${version}: a container with all its files`, async (t) => {
    const { host, clock, open } = openHost(t, version);
    host.addCgroup(docker);
    const isV2 = version === 'v2';
    if (isV2) {
      host.putCgroupFile(
        docker,
        'cpu.stat',
        'usage_usec 1500000\nuser_usec 1\nsystem_usec 1\nnr_periods 10\nnr_throttled 2\nthrottled_usec 300\nnr_bursts 1\nburst_usec 5\n',
      );
      host.putCgroupFile(docker, 'cpu.max', '150000 100000\n');
      host.putCgroupFile(docker, 'cpu.weight', '39\n');
    } else {
      host.putCgroupFile(docker, 'cpuacct.usage', '1500000000\n');
      host.putCgroupFile(
        docker,
        'cpu.stat',
        'nr_periods 10\nnr_throttled 2\nthrottled_time 300000\nwait_sum 77\nnr_bursts 1\nburst_time 5000\n',
      );
      host.putCgroupFile(docker, 'cpu.cfs_quota_us', '150000\n');
      host.putCgroupFile(docker, 'cpu.shares', '512\n');
    }
    host.putThreads(docker, { 41: '100 20 3', 42: '200 40 6' });
    const sample = open().read(all);
    t.strictSame(failures(sample), {});
    t.strictSame(
      sample.cgroups.map(({ path }) => path),
      ['/docker', docker],
    );
    const found = cgroup(sample, docker);
    t.equal(found?.usageNs, 1_500_000_000n);
    t.strictSame(found?.bandwidth, {
      periods: 10,
      throttledPeriods: 2,
      throttledNs: 300_000n,
      bursts: 1,
      burstNs: 5000n,
    });
    t.equal(found?.waitSumNs, isV2 ? undefined : 77n);
    t.strictSame(found?.weight, isV2 ? { kind: 'weight', weight: 39 } : { kind: 'shares', shares: 512 });
    t.strictSame(found?.quota, {
      quotaUsec: 150_000,
      periodUsec: 100_000,
      ...(version !== 'v1' && { burstUsec: 0 }),
    });
    t.strictSame(found?.allowedCpus, { cpus: [0, 1] });
    t.equal(found?.idle, version === 'v1' ? undefined : false);
    t.equal(found?.throttledSelfNs, version === 'v1' ? undefined : 0n);
    t.strictSame(found?.pressure, version === 'v1' ? undefined : { someNs: 0n, fullNs: 0n });
    t.strictSame(found?.threads, {
      monotonicNs: clock.nowNs,
      tids: Uint32Array.of(41, 42),
      runNs: BigUint64Array.of(100n, 200n),
      runDelayNs: BigUint64Array.of(20n, 40n),
      timeslices: BigUint64Array.of(3n, 6n),
      unread: 0,
    });
    t.equal(found?.monotonicNs, clock.nowNs);
    t.ok((found?.cgroupId ?? 0n) > 0n);
    t.strictSame(sample.containers, [
      {
        path: docker,
        identity: { kind: 'docker', name: id.slice(0, 12), containerId: id, runtime: 'docker' },
        reservation: {
          cores: 1.5,
          source: 'CPU quota of the docker cgroup: a limit, taken for a reservation',
        },
      },
    ]);
    t.match(sample.host, {
      cgroupVersion: version,
      bootId: '11111111-2222-3333-4444-555555555555',
      kernelRelease: '6.18.0-test',
      online: { cpus: [0, 1] },
      pressure: { someNs: 0n },
    });
    t.equal(sample.host.cpus[1]?.userNs, 20_000_000n);
    t.equal(sample.host.runqueues, undefined);
  });
}

t.test('threads are read where they are wanted, below the container too', async (t) => {
  const { host, open } = openHost(t, 'v2');
  const scope = `/machine.slice/libpod-${id}.scope`;
  host.addCgroup(docker);
  host.addCgroup(scope);
  const reader = open();
  reader.read(all);
  host.addCgroup(`${scope}/container`);
  host.putThreads(scope, { 1: '1 1 1' });
  host.putThreads(`${scope}/container`, { 2: '2 2 2', 3: '3 3 3' });
  rmSync(join(host.roots.proc, '3'), { recursive: true });
  host.putCgroupFile(docker, 'cgroup.threads', '7\n');
  const sample = reader.read((path) => path === scope);
  t.strictSame(cgroup(sample, scope)?.threads?.tids, Uint32Array.of(1, 2));
  t.equal(cgroup(sample, scope)?.threads?.unread, 1);
  t.equal(cgroup(sample, docker)?.threads, undefined);
  t.equal(cgroup(sample, `${scope}/container`), undefined, 'what is below a container is part of it');
});

t.test('threads that are not visible are counted', async (t) => {
  const { host, open } = openHost(t, 'v2');
  host.addCgroup(docker);
  host.putCgroupFile(docker, 'cgroup.threads', '0\n0\n5\n');
  host.put('proc/5/schedstat', '1 2 3\n');
  t.match(cgroup(open().read(all), docker)?.threads, { tids: Uint32Array.of(5), unread: 2 });
});

t.test('a thread that dies gives its descriptor back; its number may come again', async (t) => {
  const { host, open } = openHost(t, 'v2');
  host.addCgroup(docker);
  const reader = open();
  reader.read(all);
  const before = reader.stats().openDescriptors;
  host.putThreads(docker, { 5: '1 1 1', 6: '1 1 1' });
  reader.read(all);
  t.equal(reader.stats().openDescriptors, before + 2);
  host.putThreads(docker, { 6: '2 1 1' });
  const sample = reader.read(all);
  t.strictSame(cgroup(sample, docker)?.threads?.runNs, BigUint64Array.of(2n));
  t.equal(reader.stats().openDescriptors, before + 1);
});

t.test('containers come and go between ticks', async (t) => {
  const { host, open } = openHost(t, 'v2');
  const [a, b, c] = ['a', 'b', 'c'].map((digit) => `/docker/${digit.repeat(64)}`) as [string, string, string];
  host.addCgroup(a);
  const reader = open();
  const paths = () => reader.read(none).containers.map(({ path }) => path);
  t.strictSame(paths(), [a]);
  host.addCgroup(b);
  host.addCgroup(c);
  t.strictSame(paths(), [a, b, c]);
  host.removeCgroup(b);
  t.strictSame(paths(), [a, c]);
  host.removeCgroup('/docker');
  t.strictSame(paths(), []);
  t.equal(reader.stats().cgroups, 0);
  host.addCgroup(b);
  t.strictSame(paths(), [b]);
});

t.test('a pod that is there before its containers', async (t) => {
  const { host, open } = openHost(t, 'v2');
  host.addCgroup('/kubepods/burstable/podabc');
  const reader = open();
  t.strictSame(reader.read(none).containers, []);
  host.addCgroup(`/kubepods/burstable/podabc/${id}`);
  t.equal(reader.read(none).containers[0]?.identity.podUid, 'abc');
  t.equal(reader.read(none).cgroups.length, 4);
});

t.test('the node of a nested kubelet counts until it has pods', async (t) => {
  const { host, clock, open } = openHost(t, 'v2');
  host.addCgroup(docker);
  const reader = open({ walkEveryMs: 30_000 });
  const kinds = () => reader.read(none).containers.map(({ identity }) => identity.kind);
  t.strictSame(kinds(), ['docker']);
  host.addCgroup(`${docker}/kubelet/kubepods/podabc/${id}`);
  clock.advance(30_000);
  t.strictSame(kinds(), ['kubernetes'], 'the pod counts, its node does not');
  host.addCgroup(`${docker}/kubelet/kubepods/podabc/${'c'.repeat(64)}`);
  t.strictSame(kinds(), ['kubernetes', 'kubernetes'], 'further pods are seen at once');
  host.removeCgroup(`${docker}/kubelet`);
  t.strictSame(kinds(), ['docker']);
});

t.test('a re-created cgroup is another one', async (t) => {
  const { host, clock, open } = openHost(t, 'v2');
  host.addCgroup(docker);
  const reader = open({ walkEveryMs: 1000 });
  const first = cgroup(reader.read(none), docker);
  host.addCgroup('/docker/keep'); // so that the inode number is not used again at once
  host.removeCgroup(docker);
  host.addCgroup('/docker/between');
  host.addCgroup(docker);
  host.putCgroupFile(docker, 'cpu.weight', '7\n');
  clock.advance(1000);
  const second = cgroup(reader.read(none), docker);
  t.not(second?.cgroupId, first?.cgroupId);
  t.strictSame(second?.weight, { kind: 'weight', weight: 7 });
});

t.test('a descriptor that outlived its cgroup: gone at once, found anew in the next tick', async (t) => {
  const calls = new FaultyCalls();
  const { host, open } = openHost(t, 'v2', { calls });
  host.addCgroup(docker);
  host.addCgroup('/docker/other');
  const reader = open();
  reader.read(none);
  host.removeCgroup('/docker/other');
  host.removeCgroup(docker);
  host.addCgroup('/docker/third');
  host.addCgroup(docker); // as many children as before: only the files tell
  calls.failPathOfOpen(docker, 'ENODEV');
  const sample = reader.read(none);
  t.strictSame(sample.containers, []);
  t.strictSame(failures(sample), {});
  t.equal(reader.read(none).containers.length, 1);
});

t.test('settings: all of few at once, many in turn, at once when a quota shows', async (t) => {
  const { host, clock, open } = openHost(t, 'v2');
  const paths = Array.from({ length: 60 }, (_, at) => `/docker/${at.toString(16).padStart(64, '0')}`);
  for (const path of paths) host.addCgroup(path);
  const reader = open({ settingsEveryMs: 10_000 });
  reader.read(none);
  for (const path of paths) host.putCgroupFile(path, 'cpu.weight', '7\n');
  const changed = (sample: Sample) =>
    sample.cgroups.filter(({ weight }) => weight?.kind === 'weight' && weight.weight === 7).length;
  clock.advance(1000);
  t.equal(changed(reader.read(none)), 16, 'at least 16 in a tick');
  clock.advance(4000);
  t.equal(changed(reader.read(none)), 41, 'as many as the time asks for');
  clock.advance(10_000);
  t.equal(changed(reader.read(none)), 60);
  for (const path of paths) host.putCgroupFile(path, 'cpu.weight', '8\n');
  reader.refreshSettings();
  t.equal(changed(reader.read(none)), 0, 'all at once on request');

  const last = paths.at(-1) ?? '';
  host.putCgroupFile(last, 'cpu.max', '50000 100000\n');
  host.putCgroupFile(last, 'cpu.stat', 'usage_usec 0\nnr_periods 1\nnr_throttled 0\nthrottled_usec 0\n');
  const sample = reader.read(none);
  t.equal(cgroup(sample, last)?.quota?.quotaUsec, 50_000);
  t.match(sample.containers.at(-1), { path: last, reservation: { cores: 0.5 } });
});

t.test('throttling is read where a quota is in force, here or above', async (t) => {
  const { host, clock, open } = openHost(t, 'v2');
  const child = `/kubepods/podabc/${id}`;
  host.addCgroup(child);
  const reader = open();
  reader.read(none);
  host.putCgroupFile(child, 'cpu.stat.local', 'throttled_usec 5\n');
  t.equal(cgroup(reader.read(none), child)?.throttledSelfNs, 0n, 'cannot move without a quota');
  host.putCgroupFile('/kubepods/podabc', 'cpu.max', '50000 100000\n');
  clock.advance(10_000);
  t.equal(cgroup(reader.read(none), child)?.throttledSelfNs, 5000n);
});

t.test('pressure is of containers alone, and of nobody where nobody is', async (t) => {
  const { host, clock, open } = openHost(t, 'hybrid');
  host.addCgroup(docker);
  const reader = open();
  const sample = reader.read(none);
  t.ok(cgroup(sample, docker)?.pressure);
  t.notOk(cgroup(sample, '/docker')?.pressure);
  host.putCgroupFile(docker, 'cgroup.events', 'populated 0\nfrozen 0\n');
  clock.advance(10_000);
  t.notOk(
    cgroup(reader.read(none), docker)?.pressure,
    'its processes are elsewhere in the hierarchy with PSI',
  );
});

t.test('what a host does not have is absent', async (t) => {
  const { host, open } = openHost(t, 'v2');
  host.addCgroup(docker);
  for (const name of [
    'cpu.pressure',
    'cpu.stat.local',
    'cpu.idle',
    'cpu.max.burst',
    'cpuset.cpus.effective',
  ]) {
    host.removeCgroupFile(docker, name);
  }
  host.putCgroupFile(docker, 'cpu.stat', 'usage_usec 5\nuser_usec 1\nsystem_usec 4\n');
  rmSync(join(host.folder, 'proc/pressure'), { recursive: true });
  rmSync(join(host.folder, 'proc/sys'), { recursive: true });
  const sample = open().read(none);
  t.strictSame(failures(sample), {});
  const found = cgroup(sample, docker) ?? { path: '', cgroupId: 0n };
  t.strictSame(Object.keys(found).sort(), ['cgroupId', 'monotonicNs', 'path', 'quota', 'usageNs', 'weight']);
  t.strictSame(Object.keys(sample.host).sort(), ['cgroupVersion', 'cpus', 'monotonicNs', 'online']);
});

t.test('PSI that is compiled in and off is absent', async (t) => {
  const calls = new FaultyCalls();
  const { host, open } = openHost(t, 'v2', { calls });
  host.addCgroup(docker);
  calls.failPath('pressure', 'EOPNOTSUPP');
  calls.failPath('pressure/cpu', 'EOPNOTSUPP');
  const sample = open().read(none);
  t.equal(cgroup(sample, docker)?.pressure, undefined);
  t.equal(sample.host.pressure, undefined);
  t.strictSame(failures(sample), {});
});

t.test('a file that is denied, fails or is malformed never empties the sample', async (t) => {
  for (const code of ['EACCES', 'EIO']) {
    const calls = new FaultyCalls();
    const { host, open } = openHost(t, 'v2', { calls });
    host.addCgroup(docker);
    host.addCgroup(`/docker/${'c'.repeat(64)}`);
    calls.failPath(`${id}/cpu.stat`, code);
    calls.failPath('/proc/stat', code);
    calls.failPath(`${id}/cpu.weight`, code);
    const sample = open().read(none);
    t.equal(sample.cgroups.length, 3);
    t.equal(sample.containers.length, 2);
    t.equal(cgroup(sample, docker)?.usageNs, undefined);
    t.ok(cgroup(sample, docker)?.pressure, 'its other files are read');
    t.strictSame(failures(sample), { host: 1, cgroups: 1, settings: 1 });
    t.match(
      sample.collectors.find(({ name }) => name === 'cgroups')?.lastFailure,
      new RegExp(`${id}/cpu.stat: .* \\(${code}\\)$`),
    );
    t.strictSame(sample.host.online.cpus, [0, 1]);
  }
  const { host, open } = openHost(t, 'v1');
  host.addCgroup(docker);
  host.putCgroupFile(docker, 'cpuacct.usage', 'lots\n');
  host.put('sys/devices/system/cpu/online', 'zero\n');
  const sample = open().read(none);
  t.strictSame(failures(sample), { host: 1, cgroups: 1 });
  t.strictSame(sample.host.online.cpus, [0, 1], 'from /proc/stat');
  t.equal(cgroup(sample, docker)?.usageNs, undefined);
});

t.test(
  'whichever call fails, there is a sample, no descriptor leaks, and the next tick is whole',
  async (t) => {
    for (const code of ['EIO', 'EACCES', 'ENOENT', 'ENODEV', 'EMFILE']) {
      const host = new FakeHost('v2');
      host.addCgroup(docker);
      host.putThreads(docker, { 5: '1 1 1' });
      const clock = new StillClock();
      for (let failing = 1; failing <= 60; failing += 1) {
        const calls = new FaultyCalls();
        const reader = new SampleReader({ roots: host.roots, clock, calls, walkEveryMs: 0 });
        calls.failNth(failing, code);
        const samples = [reader.read(all), reader.read(all)];
        for (const sample of samples) t.equal(sample.formatVersion, 1);
        // A missing or forbidden file is asked for again after ten passes.
        for (let pass = 0; pass < 12; pass += 1) {
          clock.advance(10_000);
          reader.read(all);
        }
        const whole = reader.read(all);
        t.match(
          cgroup(whole, docker),
          { usageNs: 0n, weight: {}, threads: { unread: 0 } },
          `${code} at ${failing}`,
        );
        t.strictSame(failures(whole), {});
        t.equal(calls.openDescriptors, reader.stats().openDescriptors);
        reader.close();
        t.equal(calls.openDescriptors, 0, `${code} at call ${failing}`);
      }
      host.remove();
    }
  },
);

t.test('many containers come and go: neither descriptors nor cgroups pile up', async (t) => {
  const { host, clock, open } = openHost(t, 'v2');
  const reader = open({ walkEveryMs: 1000 });
  const before = readdirSync('/proc/self/fd').length;
  for (let round = 0; round < 40; round += 1) {
    const paths = Array.from(
      { length: 10 },
      (_, at) => `/docker/${(round * 10 + at).toString(16).padStart(64, '0')}`,
    );
    for (const path of paths) host.addCgroup(path);
    clock.advance(1000);
    t.equal(reader.read(all).containers.length, 10);
    for (const path of paths) host.removeCgroup(path);
  }
  clock.advance(1000);
  reader.read(all);
  t.match(reader.stats(), { containers: 0, cgroups: 0 });
  t.ok(reader.stats().openDescriptors < 10);
  t.ok(readdirSync('/proc/self/fd').length < before + 10);
});

t.test('too many cgroups: the rest is left out, and that is said', async (t) => {
  const { host, open } = openHost(t, 'v2');
  for (const digit of ['a', 'b', 'c', 'd']) host.addCgroup(`/docker/${digit.repeat(64)}`);
  const sample = open({ maxCgroups: 3 }).read(none);
  t.equal(sample.containers.length, 2);
  t.match(sample.collectors.find(({ name }) => name === 'discovery')?.lastFailure, /more than 3/);
  host.addCgroup(`/1/2/3/4/system.slice/deep.service`);
  t.match(open({ maxDepth: 4 }).read(none).containers.length, 4);
});

t.test('a cgroup that a person names counts, the outermost one, never twice', async (t) => {
  const { host, open } = openHost(t, 'v2');
  const named = new Set(['/demo', '/demo/victim', '/docker', `${docker}/inner`]);
  let cores = 1.5;
  let changed = false;
  const reservations: ReservationSource = {
    names: (path) => named.has(path),
    reservationFor: ({ path }) => (path.startsWith('/demo') ? { cores, source: 'test' } : undefined),
    identityFor: ({ identity, path }) => (path === '/demo' ? { ...identity, name: 'the demo' } : undefined),
    refresh: () => changed,
  };
  host.addCgroup('/demo/victim');
  host.addCgroup(`${docker}/inner`);
  const reader = open({ reservations });
  const seen = () =>
    reader
      .read(none)
      .containers.map(({ path, identity, reservation }) => [
        path,
        identity.kind,
        identity.name,
        reservation?.cores,
      ]);
  t.strictSame(seen(), [
    ['/demo', 'cgroup', 'the demo', 1.5],
    [docker, 'docker', id.slice(0, 12), undefined],
  ]);
  named.delete('/demo');
  cores = 0;
  changed = true;
  t.strictSame(seen()[0], ['/demo/victim', 'cgroup', '/demo/victim', undefined], 'zero reserves nothing');
});

t.test('a source that fails keeps its last answers and is counted', async (t) => {
  const { host, open } = openHost(t, 'v2');
  host.addCgroup('/demo');
  const calls = new FaultyCalls();
  calls.failAlways('stat', 'EIO');
  const reservations: ReservationSource = {
    names: (path) => path === '/demo',
    reservationFor: () => ({ cores: 2, source: 'test' }),
    refresh: () => {
      throw new NoSuchReservations();
    },
  };
  t.throws(
    () => open({ reservations }).read(none),
    { name: 'NoSuchReservations' },
    'a mistake is not hidden',
  );
});

class NoSuchReservations extends Error {
  override readonly name = 'NoSuchReservations';
}

t.test('no hierarchy at all', async (t) => {
  const host = new FakeHost('v2');
  rmSync(host.roots.cgroup, { recursive: true });
  t.throws(() => new SampleReader({ roots: host.roots, clock: new StillClock() }), NoCgroupsError);
  host.remove();
});

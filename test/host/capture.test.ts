import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { captureHost } from '../../host/capture.ts';
import { unpackCapture } from '../../host/captured-host.ts';
import { defaultRoots } from '../../host/roots.ts';
import { SampleReader } from '../../host/sample-reader.ts';
import { readTopology } from '../../host/topology-reader.ts';
import type { Clock } from '../../host/clock.ts';
import type { FileCalls } from '../../host/file-calls.ts';
import type { HostRoots } from '../../host/roots.ts';
import type { CgroupVersion, Sample } from '../../kernel/sample.ts';
import { FakeHost, StillClock } from '../support/fake-host.ts';
import { FaultyCalls } from '../support/faulty-calls.ts';

const id = 'ab12'.repeat(16);
const docker = `/docker/${id}`;
const service = '/system.slice/billing.service';

function emptyFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'cpugap-capture-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

function openHost(t: Test, version: CgroupVersion): FakeHost {
  const host = new FakeHost(version);
  t.teardown(() => {
    host.remove();
  });
  host.addCgroup(docker);
  host.addCgroup(`${docker}/inner`);
  host.addCgroup(service);
  host.putThreads(docker, { 5: '10 1 1', 6: '20 2 2' });
  host.putThreads(`${docker}/inner`, { 7: '30 3 3' });
  return host;
}

function readSample(host: { roots: HostRoots; clock: Clock; calls?: FileCalls }): Sample {
  const reader = new SampleReader(host);
  const sample = reader.read(() => true);
  reader.close();
  // How long reading took, and how many files there were to look at, is not a fact of the host.
  return { ...sample, collectors: [] };
}

for (const version of ['v1', 'hybrid', 'v2'] as const) {
  t.test(`${version}: a captured host reads like the host`, async (t) => {
    const host = openHost(t, version);
    const clock = new StillClock();
    const live = readSample({ roots: host.roots, clock });
    const text = await captureHost(host.roots, { scrubNames: false, clock });
    const [captured] = unpackCapture(text, emptyFolder(t));
    t.strictSame(captured && readSample(captured), live);
    t.strictSame(captured && readTopology(captured.roots), readTopology(host.roots));
    t.equal(live.containers.length, 2);
    t.equal(live.cgroups.find(({ path }) => path === docker)?.threads?.tids.length, 3);
    t.equal(
      await captureHost(host.roots, { scrubNames: false, clock }),
      text,
      'the same host is the same text',
    );
  });
}

t.test('two readings: the same cgroups, later counters', async (t) => {
  const host = openHost(t, 'v2');
  const clock = new StillClock();
  const moving: Clock = {
    monotonicNs: () => clock.monotonicNs(),
    wallTimeMs: () => clock.wallTimeMs(),
    sleep: async (ms) => {
      await clock.sleep(ms);
      host.putCgroupFile(docker, 'cpu.stat', 'usage_usec 77\n');
      host.removeCgroup(service);
    },
  };
  const text = await captureHost(host.roots, {
    scrubNames: false,
    clock: moving,
    readings: 2,
    intervalMs: 2500,
  });
  const samples = unpackCapture(text, emptyFolder(t)).map(readSample);
  const [before, after] = samples.map(({ cgroups }) => cgroups.find(({ path }) => path === docker));
  t.equal(samples.length, 2);
  t.equal(after?.cgroupId, before?.cgroupId);
  t.equal((after?.monotonicNs ?? 0n) - (before?.monotonicNs ?? 0n), 2_500_000_000n);
  t.equal(after?.usageNs, 77_000n);
  t.strictSame(
    samples.map(({ containers }) => containers.length),
    [2, 1],
  );
});

t.test('scrubbed: no name is left, and the containers are of the same kinds', async (t) => {
  const host = openHost(t, 'hybrid');
  host.put('proc/cmdline', 'BOOT_IMAGE=/acme root=UUID=1 psi=1 isolcpus=1 secret=acme\n');
  host.put('proc/version', 'Linux version 6.18.0 (acme@acme-build) (gcc 15) #1 SMP\n');
  host.put(
    'proc/self/mountinfo',
    '1 2 0:1 /docker/acme /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n3 2 8:1 / /acme rw - ext4 x rw\n',
  );
  host.addCgroup('/acme/billing');
  const clock = new StillClock();
  const text = await captureHost(host.roots, { scrubNames: true, clock });
  t.notMatch(text, /acme|billing|ab12ab12|11111111-2222/);
  t.match(text, '==> file proc/cmdline <==\npsi=1 isolcpus=1 others_left_out=3\n');
  t.match(text, /scrubbed=yes/);
  const [captured] = unpackCapture(text, emptyFolder(t));
  const kinds = (sample: Sample | undefined) => sample?.containers.map(({ identity }) => identity.kind);
  const scrubbed = captured && readSample(captured);
  t.strictSame(kinds(scrubbed), kinds(readSample({ roots: host.roots, clock })));
  t.equal(scrubbed?.cgroups.at(-1)?.path, '/system.slice/name2.service');
});

t.test('what cannot be read is left out', async (t) => {
  const host = openHost(t, 'v2');
  const calls = new FaultyCalls();
  calls.failPath('cpu.pressure', 'EACCES');
  calls.failPath('proc/stat', 'EIO');
  host.putCgroupFile(service, 'cgroup.threads', 'nonsense\n');
  const text = await captureHost(host.roots, { scrubNames: false, clock: new StillClock(), calls });
  t.notMatch(text, /cpu\.pressure|proc\/stat/);
  t.match(text, /cpu\.weight/);
  t.equal(calls.openDescriptors, 0);
});

t.test('unpacks only into what is not there yet, and never outside', async (t) => {
  const text =
    'cpugap capture 1\n==> reading monotonic_ns=1 wall_time_ms=2 scrubbed=no <==\n==> file proc/stat <==\nx\n';
  const folder = emptyFolder(t);
  unpackCapture(text, join(folder, 'new'));
  t.throws(() => unpackCapture(text, join(folder, 'new')), { code: 'EEXIST' });
  const elsewhere = emptyFolder(t);
  mkdirSync(join(folder, 'trap'));
  symlinkSync(elsewhere, join(folder, 'trap', 'reading-1'));
  t.throws(() => unpackCapture(text, join(folder, 'trap')), { code: 'EEXIST' });
  t.strictSame(readdirSync(elsewhere), []);
  const hostile = text.replace('proc/stat', 'proc/../../../escaped');
  t.throws(() => unpackCapture(hostile, join(folder, 'hostile')), { name: 'CaptureFormatError' });
  t.notOk(existsSync(join(folder, 'escaped')));
  t.notOk(existsSync(join(folder, 'hostile')), 'nothing is written before all is understood');
});

t.test('a file that is a folder as well is refused', async (t) => {
  const head = 'cpugap capture 1\n==> reading monotonic_ns=1 wall_time_ms=2 scrubbed=no <==\n';
  const folder = emptyFolder(t);
  const hostile = [
    '==> file proc/a <==\nx\n==> file proc/a/b <==\nx\n',
    '==> dir inode=1 proc/a/b <==\n==> file proc/a <==\nx\n',
    `==> file proc/${'n'.repeat(300)} <==\nx\n`,
  ];
  hostile.forEach((entries, at) => {
    t.throws(() => unpackCapture(head + entries, join(folder, `${at}`)), { name: 'CaptureFormatError' });
  });
  writeFileSync(join(folder, 'file'), '');
  t.throws(() => unpackCapture(head, join(folder, 'file')), { code: 'EEXIST' });
});

t.test('this machine can be captured and read back', async (t) => {
  const text = await captureHost(defaultRoots, { scrubNames: true });
  const [captured] = unpackCapture(text, emptyFolder(t));
  const { host } = captured ? readSample(captured) : { host: undefined };
  t.ok((host?.cpus.length ?? 0) > 0);
});

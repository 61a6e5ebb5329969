/** From files to ledger: what the reader makes of a simulated host's files is the Sample that wrote them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Clock } from '../../host/clock.ts';
import { SampleReader } from '../../host/sample-reader.ts';
import type { CgroupVersion, Sample } from '../../kernel/sample.ts';
import { deriveHostLedger } from '../../ledger/derive.ts';
import { SimulatedHost } from '../support/simulated-host.ts';
import { writeHostFiles } from '../support/simulation/host-files.ts';
import type { HostSpec } from '../support/simulation/spec.ts';

const ms = 1_000_000;
const spec: HostSpec = {
  seed: 11,
  cpuCount: 3,
  parents: [{ path: '/pod', quota: { quotaNs: 150 * ms } }],
  containers: [
    {
      path: '/pod/barrier',
      weight: 1536,
      reservedCores: 1.5,
      workloads: [{ kind: 'barrier', threads: 3, workNs: ms }],
    },
    {
      path: '/pod/make',
      reservedCores: 0.5,
      workloads: [{ kind: 'churn', children: 2, periodNs: 30 * ms, burstNs: 10 * ms }],
    },
    { path: '/spin', weight: 2048, cpus: [1, 2], workloads: [{ kind: 'spin', threads: 4 }] },
  ],
};

/** Moments at which only the simulation moves time. */
class SimulatedClock implements Clock {
  sample: Sample;
  constructor(sample: Sample) {
    this.sample = sample;
  }
  monotonicNs(): bigint {
    return this.sample.monotonicNs;
  }
  wallTimeMs(): number {
    return this.sample.wallTimeMs;
  }
  sleep(): Promise<void> {
    return Promise.resolve();
  }
}

const temporaryFolder = (t: Test): string => {
  const folder = mkdtempSync(join(tmpdir(), 'cpugap-simulated-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
};

/** Everything but what belongs to the folder and to this reading: inode numbers and collectors. */
const withoutReading = (sample: Sample): unknown => ({
  ...sample,
  collectors: [],
  cgroups: sample.cgroups.map((cgroup) => ({ ...cgroup, cgroupId: 0n })),
});

for (const version of ['v1', 'hybrid', 'v2'] satisfies CgroupVersion[]) {
  t.test(`${version}: two readings and their ledger`, async (t) => {
    const host = new SimulatedHost({ ...spec, emission: { cgroupVersion: version } });
    const records = new Map(host.observe().sample.containers.map((record) => [record.path, record]));
    const folder = temporaryFolder(t);
    const clock = new SimulatedClock(host.observe().sample);
    const reader = new SampleReader({
      roots: writeHostFiles(clock.sample, folder),
      clock,
      walkEveryMs: 0,
      reservations: {
        names: (path) => records.has(path),
        identityFor: ({ path }) => records.get(path)?.identity,
        reservationFor: ({ path }) => records.get(path)?.reservation,
      },
    });
    t.teardown(() => {
      reader.close();
    });
    const pairs = [1, 1].map((seconds) => {
      host.runFor(seconds);
      clock.sample = host.observe().sample;
      writeHostFiles(clock.sample, folder);
      const read = reader.read(() => true);
      t.strictSame(withoutReading(read), withoutReading(clock.sample));
      t.strictSame(
        read.collectors.filter((collector) => collector.failures > 0),
        [],
      );
      return { read, emitted: clock.sample };
    });
    const withoutIds = (ledger: ReturnType<typeof deriveHostLedger>): unknown => ({
      ...ledger,
      containers: ledger.containers.map((container) => ({ ...container, cgroupId: 0n })),
    });
    t.strictSame(
      withoutIds(deriveHostLedger(pairs[0]!.read, pairs[1]!.read)),
      withoutIds(deriveHostLedger(pairs[0]!.emitted, pairs[1]!.emitted)),
    );
  });
}

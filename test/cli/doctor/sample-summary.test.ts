import t from 'tap';
import { summariseSample } from '../../../cli/doctor/sample-summary.ts';
import { cpuSetOf } from '../../../kernel/cpu-set.ts';
import { sampleOf } from '../sample-rows.ts';

t.test('counts what containers gave', async (t) => {
  const sample = sampleOf(0, [
    { path: '/slice', shares: 1024 },
    { path: '/slice/a', shares: 1024, used: 1, reserved: 1 },
    { path: '/slice/b', used: 1, reserved: 1, idle: false },
  ]);
  const [slice, a, b] = sample.cgroups;
  const summary = summariseSample({
    ...sample,
    containers: sample.containers.map((record, index) =>
      index === 0 ? record : { path: record.path, identity: record.identity },
    ),
    cgroups: [
      { ...slice!, allowedCpus: cpuSetOf([0]) },
      { ...a!, allowedCpus: cpuSetOf([0, 1]), pressure: { someNs: 1n } },
      b!,
    ],
    collectors: [
      { name: 'host', reads: 3, failures: 0, durationNs: 1 },
      { name: 'cgroups', reads: 3, failures: 2, durationNs: 1, lastFailure: '/x: EIO' },
    ],
  });
  t.match(summary, {
    cgroupVersion: 'hybrid',
    onlineCpuCount: 2,
    containerCount: 2,
    reservedCount: 1,
    withUsage: 2,
    withPressure: 1,
    withIdle: 1,
    withWeight: 1,
    withCpuset: 1,
    threadCount: 0,
    narrowedAncestors: ['/slice'],
    failures: [{ collector: 'cgroups', count: 2, last: '/x: EIO' }],
  });
});

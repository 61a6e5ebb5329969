import t from 'tap';
import { canMeasure } from '../../../cli/doctor/finding.ts';
import { deriveFindings } from '../../../cli/doctor/derive-findings.ts';
import type { Examination } from '../../../cli/doctor/examination.ts';
import { renderFindings } from '../../../cli/render/findings.ts';
import { paintLines } from '../../../cli/render/line.ts';
import type { DoctorFacts } from '../../../host/doctor-facts.ts';

const facts: DoctorFacts = {
  kernelRelease: '6.18.1',
  process: {
    uid: 65534,
    capabilities: [],
    ownPidNamespace: false,
    ownCgroupNamespace: false,
    openFileLimit: 20_000,
  },
  sources: {
    procStat: 'ok',
    hostPressure: 'ok',
    psiBootParameter: undefined,
    threadSchedstat: 'ok',
    hostSchedstat: 'absent',
    schedstatsSwitch: undefined,
    btf: true,
  },
  mounts: {
    cgroups: [{ mountPoint: '/sys/fs/cgroup', controllers: [] }],
    bpffs: '/sys/fs/bpf',
    tracefs: undefined,
    hidepid: undefined,
  },
  machine: {
    isVirtual: false,
    clocksource: 'tsc',
    stealShare: 0,
    isolatedCpus: '',
    schedExt: undefined,
  },
  managers: [],
};

const summary = {
  cgroupVersion: 'v2' as const,
  onlineCpuCount: 4,
  containerCount: 3,
  reservedCount: 2,
  withUsage: 3,
  withPressure: 3,
  withThrottledSelf: 3,
  withIdle: 3,
  withBurst: 3,
  withWeight: 3,
  withCpuset: 3,
  threadCount: 40,
  threadsUnread: 0,
  narrowedAncestors: [],
  failures: [],
};

const good: Examination = {
  platform: 'linux',
  nodeVersion: '24.1.0',
  facts,
  exact: { kind: 'counted' },
  machine: { cpuModel: 'Testing 9000', distribution: 'Debian 13' },
  topology: '4 CPUs (0-3)',
  sample: summary,
  descriptorsWanted: 60,
};

type Patch<T> = {
  readonly [Key in keyof T]?: T[Key] extends readonly unknown[] ? T[Key] : Patch<T[Key]> | T[Key];
};

/** `good` with some facts changed. */
function but(
  patch: { readonly facts?: Patch<DoctorFacts> } & Partial<Omit<Examination, 'facts'>>,
): Examination {
  const { facts: changed = {}, ...rest } = patch;
  const merged = Object.fromEntries(
    Object.entries(facts).map(([key, value]) => {
      const change: unknown = changed[key as keyof DoctorFacts];
      const isPart = typeof change === 'object' && change !== null && !Array.isArray(change);
      return [key, isPart ? { ...(value as object), ...change } : (change ?? value)];
    }),
  ) as unknown as DoctorFacts;
  return { ...good, ...rest, facts: merged };
}

t.test('nothing in the way', async (t) => {
  const findings = deriveFindings(good);
  t.ok(findings.every(({ status }) => status === 'ok'));
  t.ok(canMeasure(findings));
  t.match(
    paintLines(renderFindings(findings, 100), false),
    /\nMeasuring is possible here, and nothing is in the way\.\n$/,
  );
});

interface Row {
  readonly what: string;
  readonly examination: Examination;
  readonly check: string;
  readonly status: 'degraded' | 'missing';
  readonly remedy?: RegExp;
  readonly impossible?: boolean;
}

const rows: readonly Row[] = [
  {
    what: 'not Linux',
    examination: but({ platform: 'darwin' }),
    check: 'operating system',
    status: 'missing',
    remedy: /Linux/,
    impossible: true,
  },
  {
    what: 'no cgroups',
    examination: but({ sample: { failure: 'no hierarchy' } }),
    check: 'cgroups',
    status: 'missing',
    remedy: /--cgroup-root/,
    impossible: true,
  },
  {
    what: 'no containers',
    examination: but({ sample: { ...summary, containerCount: 0 } }),
    check: 'containers',
    status: 'degraded',
    remedy: /--reservations/,
  },
  {
    what: 'no reservations',
    examination: but({ sample: { ...summary, reservedCount: 0 } }),
    check: 'containers',
    status: 'degraded',
    remedy: /--reservations/,
  },
  {
    what: 'no usage',
    examination: but({ sample: { ...summary, withUsage: 0 } }),
    check: 'containers',
    status: 'missing',
    impossible: true,
  },
  {
    what: 'no /proc/stat',
    examination: but({ facts: { sources: { procStat: 'denied' } } }),
    check: 'idle and steal of CPUs',
    status: 'missing',
    remedy: /--proc/,
  },
  {
    what: 'PSI off',
    examination: but({ facts: { sources: { hostPressure: 'absent', psiBootParameter: '0' } } }),
    check: 'PSI',
    status: 'degraded',
    remedy: /psi=1/,
  },
  {
    what: 'neither PSI nor schedstat',
    examination: but({ facts: { sources: { hostPressure: 'absent', threadSchedstat: 'absent' } } }),
    check: 'waiting',
    status: 'missing',
    remedy: /psi=1/,
    impossible: true,
  },
  {
    what: 'PSI of some cgroups off',
    examination: but({ sample: { ...summary, withPressure: 1 } }),
    check: 'PSI of containers',
    status: 'degraded',
    remedy: /cgroup\.pressure/,
  },
  {
    what: 'no schedstat',
    examination: but({ facts: { sources: { threadSchedstat: 'absent' } } }),
    check: 'schedstat of threads',
    status: 'degraded',
    remedy: /CONFIG_SCHED_INFO/,
  },
  {
    what: 'threads of another PID namespace',
    examination: but({ sample: { ...summary, threadCount: 0, threadsUnread: 9 } }),
    check: 'schedstat of threads',
    status: 'degraded',
    remedy: /--proc/,
  },
  {
    what: 'no cpuset',
    examination: but({ sample: { ...summary, withCpuset: 0 } }),
    check: 'cpuset of containers',
    status: 'degraded',
    remedy: /subtree_control/,
  },
  {
    what: 'an old kernel',
    examination: but({ sample: { ...summary, withThrottledSelf: 0 } }),
    check: "throttling by a parent's quota",
    status: 'degraded',
    remedy: /6\.6/,
  },
  {
    what: 'no burst',
    examination: but({ sample: { ...summary, withBurst: 0 } }),
    check: 'settings of containers',
    status: 'degraded',
  },
  {
    what: 'no BTF',
    examination: but({ exact: { kind: 'none', reason: 'none' }, facts: { sources: { btf: false } } }),
    check: 'exact source (BPF)',
    status: 'degraded',
  },
  {
    what: 'no bpffs',
    examination: but({ exact: { kind: 'none', reason: 'none' }, facts: { mounts: { bpffs: undefined } } }),
    check: 'exact source (BPF)',
    status: 'degraded',
    remedy: /mount -t bpf/,
  },
  {
    what: 'hidepid',
    examination: but({ facts: { mounts: { hidepid: 'invisible' } } }),
    check: 'hidepid',
    status: 'degraded',
    remedy: /remount/,
  },
  {
    what: 'a PID namespace',
    examination: but({ facts: { process: { ownPidNamespace: true } } }),
    check: 'PID namespace',
    status: 'degraded',
    remedy: /hostPID/,
  },
  {
    what: 'a cgroup namespace',
    examination: but({ facts: { process: { ownCgroupNamespace: true } } }),
    check: 'cgroup namespace',
    status: 'degraded',
    remedy: /--cgroup-root/,
  },
  {
    what: 'few descriptors',
    examination: but({ descriptorsWanted: 30_000 }),
    check: 'open file limit',
    status: 'degraded',
    remedy: /ulimit -n 31024/,
  },
  {
    what: 'a collector that fails',
    examination: but({
      sample: { ...summary, failures: [{ collector: 'cgroups', count: 2, last: '/x: EIO' }] },
    }),
    check: 'reading cgroups',
    status: 'degraded',
  },
  {
    what: 'steal',
    examination: but({ facts: { machine: { stealShare: 0.2, isVirtual: true } } }),
    check: 'clock and steal',
    status: 'degraded',
  },
  {
    what: 'the static CPU manager',
    examination: but({ facts: { managers: [{ name: 'kubelet static CPU manager', evidence: 'x' }] } }),
    check: 'kubelet static CPU manager',
    status: 'degraded',
    remedy: /do not pin/,
  },
  {
    what: 'koordlet',
    examination: but({ facts: { managers: [{ name: 'koordlet', evidence: 'process 7' }] } }),
    check: 'koordlet',
    status: 'degraded',
  },
  {
    what: 'isolated CPUs',
    examination: but({ facts: { machine: { isolatedCpus: '2-3' } } }),
    check: 'isolated CPUs',
    status: 'degraded',
  },
  {
    what: 'sched_ext',
    examination: but({ facts: { machine: { schedExt: 'rusty' } } }),
    check: 'sched_ext',
    status: 'degraded',
  },
  {
    what: 'a narrowed slice',
    examination: but({ sample: { ...summary, narrowedAncestors: ['/user.slice'] } }),
    check: 'narrowed slices',
    status: 'degraded',
  },
];

for (const { what, examination, check, status, remedy, impossible } of rows) {
  t.test(what, async (t) => {
    const findings = deriveFindings(examination);
    const finding = findings.find((candidate) => candidate.check === check);
    t.equal(finding?.status, status);
    t.ok(finding?.consequence, 'says what it means');
    if (remedy) t.match(finding?.remedy, remedy);
    t.equal(canMeasure(findings), impossible !== true);
    const text = paintLines(renderFindings(findings, 80), false);
    t.match(text, impossible === true ? /Measuring is not possible here: / : /Measuring is possible here; /);
    t.notMatch(text, /undefined|NaN/);
    t.ok(
      text.split('\n').every((line) => line.length <= 80),
      'fits 80 columns',
    );
  });
}

t.test('what is fine although it may look odd', async (t) => {
  const fine: readonly (readonly [Examination, string])[] = [
    [but({ facts: { managers: [{ name: 'kubelet', evidence: 'process 1' }] } }), 'kubelet'],
    [but({ facts: { mounts: { hidepid: '2' }, process: { capabilities: ['CAP_SYS_PTRACE'] } } }), 'hidepid'],
    [but({ facts: { sources: { hostSchedstat: 'ok', schedstatsSwitch: false } } }), 'runqueues of CPUs'],
    [
      but({
        exact: { kind: 'none', reason: 'no programs are pinned' },
        facts: { process: { capabilities: ['CAP_BPF', 'CAP_PERFMON'] } },
      }),
      'exact source (BPF)',
    ],
  ];
  for (const [examination, check] of fine) {
    t.equal(deriveFindings(examination).find((finding) => finding.check === check)?.status, 'ok', check);
  }
});

/** Whole notes, as they are read: each verdict says what happened and what to do, and names its files. */
import t from 'tap';
import { deriveExplanation } from '../../../cli/explain/derive-explanation.ts';
import { gatherEvidence } from '../../../cli/explain/evidence.ts';
import { customaryPlaces } from '../../../cli/explain/kernel-files.ts';
import { addToSums, type WindowSums } from '../../../cli/explain/window-sums.ts';
import { renderExplanation } from '../../../cli/render/explanation.ts';
import { paintLines } from '../../../cli/render/line.ts';
import type { ContainerLedger } from '../../../ledger/ledger.ts';
import { host, hostLedgerOf, ledgerOf, neighbour, service, throttled, victim } from '../ledger-rows.ts';
import { sampleOf, type CgroupRow } from '../sample-rows.ts';

const cgroups: readonly CgroupRow[] = [
  { path: '/demo', shares: 1024 },
  { path: '/demo/victim', shares: 1536, reserved: 1.5 },
  { path: '/demo/neighbour', shares: 512, reserved: 0.5 },
];

function sumsOf(...windows: readonly (readonly ContainerLedger[])[]): WindowSums {
  let sums: WindowSums | undefined;
  for (const [index, containers] of windows.entries()) {
    const at = (seconds: number) =>
      sampleOf(
        seconds,
        cgroups.map((row) => ({
          ...row,
          used: row.path === '/demo/neighbour' ? 0.69 * seconds : 1.3 * seconds,
        })),
      );
    sums = addToSums(sums, {
      previous: at(index),
      sample: at(index + 1),
      ledger: hostLedgerOf(...containers),
    });
  }
  return sums!;
}

function noteOn(path: string, ...windows: readonly (readonly ContainerLedger[])[]): string {
  const evidence = gatherEvidence(sumsOf(...windows), path)!;
  const explanation = deriveExplanation(evidence, customaryPlaces('hybrid'));
  return paintLines(renderExplanation(explanation, 100), false);
}

t.test('a victim of forced sharing', async (t) => {
  t.equal(
    noteOn(
      '/demo/victim',
      [victim, neighbour],
      [{ ...victim, gap: { estimate: 0.1, low: 0.1, high: 0.1 } }, neighbour],
    ),
    `\
demo/victim  /demo/victim
2.00s in 2 windows, until 2026-07-01 14:05:02 UTC

It received 1.30 of 1.50 CPU it was entitled to (1.50 reserved): its threads waited behind other
containers on shared runqueues.

Reserved, wanted, received
  - 1.50 CPU are reserved for it: reservations.yaml:4 "/demo/*".
  - It wanted 1.50 CPU of them: what its threads ran or waited to run, up to the reservation. [1][2]
  - It received 1.30 CPU. [1]
  - It missed 0.15 CPU, 10% of what it was entitled to, for sure between 0.11 and 0.17. In 2 windows
    the gap was between 0.10 and 0.20.

Why
  - 85% of the gap (0.17 CPU): its threads waited behind other containers' threads on shared
    runqueues.
  - 15% of the gap (0.03 CPU): its threads waited behind its own threads.
  - Its 2 threads waited 600ms in each second, all together: 500ms behind other containers and 100ms
    behind its own threads. Each time on a CPU followed a wait of 2.3ms in the mean. [2][3]

Where the missing CPU time was
  - 0.19 CPU was taken: every CPU it may use was busy with somebody else. [3]
  - 0.01 CPU was phantom: that much CPU stood idle on CPUs it may use, and it could not use it. [3]
  - The host's 2 CPUs: 1.96 busy, 0.03 idle, 0.01 stolen by the hypervisor. [3]
  - Beside it: demo/neighbour used 0.69 CPU (0.50 reserved, 0.19 borrowed).

Throttling
  - No CPU quota is set on it or above it, so it cannot be throttled. [4]

Settings in force
  - /demo: cpu.shares 1024 against no known sibling. [5]
  - /demo/victim: cpu.shares 1536 against 1 busy sibling with 512, which leaves it 75%. [6]
  - So its weights promise 1.50 of 2 CPUs beside the siblings that were busy, which would back the
    1.50 CPU reserved if the load were spread as the weights are. The kernel divides each CPU on its
    own: where its threads meet more of a neighbour's, the weight gives less.
  - It may use all 2 CPUs (0-1). [7]

How good these numbers are
  - 2 windows of 1.00s. Source portable: derived from kernel files, which do not show how many
    threads were runnable at each moment; hence bounds where they matter.
  - Nothing was missing or doubtful in these windows.

Look next
  - Its weight would do if threads were placed by reservation. A larger weight, or CPUs of its own
    (cpuset), holds the reservation.
  - See what demo/neighbour does: it used 0.19 CPU beyond its entitlement (cpugap explain).

Read from
  [1] /sys/fs/cgroup/cpuacct/demo/victim/cpuacct.usage
  [2] /proc/<tid>/schedstat of its threads
  [3] /proc/stat
  [4] /sys/fs/cgroup/cpu/demo/victim/cpu.cfs_quota_us
  [5] /sys/fs/cgroup/cpu/demo/cpu.shares
  [6] /sys/fs/cgroup/cpu/demo/victim/cpu.shares
  [7] /sys/fs/cgroup/cpuset/demo/victim/cpuset.effective_cpus
`,
  );
});

t.test('a throttled container', async (t) => {
  const note = noteOn('/demo/throttled', [throttled, service]);
  t.match(note, /throttled by its own quota \(tightest limit: 0\.40 CPU\) in 8 of 10 periods \(80%\)/);
  t.match(note, /That did harm/);
  t.match(note, /Raise or remove the quota of \/demo\/throttled/);
  t.match(note, /\/sys\/fs\/cgroup\/cpu\/demo\/throttled\/cpu\.stat/);
});

t.test('a container without a reservation', async (t) => {
  const note = noteOn('/system.slice/sshd.service', host.containers);
  t.match(note, /Nobody says what is reserved for it/);
  t.notMatch(note, /It missed/);
  t.match(note, /Give it a reservation/);
});

t.test('a satisfied one has nothing to do', async (t) => {
  const note = noteOn('/a', [ledgerOf({ name: 'a', reserved: 1, received: 1 })]);
  t.match(note, /missed nothing worth a word/);
  t.match(note, /Nothing to do/);
});

t.test('the exact source is named, with whom it waited behind', async (t) => {
  const exact = ledgerOf({
    name: 'demo/victim',
    source: 'exact',
    reserved: 1.5,
    received: 1.3,
    gap: 0.2,
    causes: { runqueue_sharing: 0.2 },
    waiting: { others: 0.5, self: 0, system: 0, steal: 0, throttled: 0, idle: 0.01 },
    latency: { count: 1000, counts: [], p50Seconds: 0.000012, p99Seconds: 0.004 },
    offenders: [
      { cgroupId: 12n, path: '/demo/neighbour', name: 'demo/neighbour', waitSeconds: 0.45 },
      { cgroupId: 1n, waitSeconds: 0.05 },
    ],
  });
  const note = noteOn('/demo/victim', [exact]).replaceAll(/\s+/g, ' ');
  t.match(note, 'half of its threads ran within 12us and all but one in a hundred within 4.0ms');
  t.match(
    note,
    'waited 450ms behind demo/neighbour (90%) and 50ms behind host processes (10%) of all waiting behind others',
  );
  t.match(note, '/sys/fs/bpf/cpugap/cgroups');
  t.match(note, 'Source exact');
  t.notMatch(note, 'schedstat');
});

t.test('every verdict has advice, and no note has a hole', async (t) => {
  const kinds: readonly ContainerLedger[] = [
    ledgerOf({ name: 'a', reserved: 1, received: 0 }),
    ledgerOf({ name: 'a', reserved: 1, received: 1.5 }),
    ledgerOf({ name: 'a', reserved: 1, received: 0.5, gap: 0.5, causes: { self: 0.5 }, threadCount: 2 }),
    ledgerOf({ name: 'a', reserved: 1, received: 0.5, gap: 0.5, causes: { steal: 0.5 } }),
    ledgerOf({ name: 'a', reserved: 1, received: 0.5, gap: 0.5, causes: { system: 0.5 } }),
    ledgerOf({ name: 'a', reserved: 1, received: 0.5, gap: 0.5, causes: { unexplained: 0.5 } }),
    ledgerOf({
      name: 'a',
      reserved: 1,
      received: 0.5,
      gap: 0.5,
      causes: { runqueue_sharing: 0.5 },
      whereabouts: { phantom: 0.5, taken: 0, phantomConcurrent: 0.1, phantomDeferred: 0.4 },
    }),
    ledgerOf({ name: 'a', reserved: 1, received: 1, quality: ['no_usage', 'psi_off', 'thread_churn'] }),
    ledgerOf({
      name: 'a',
      reserved: 1,
      received: 1.4,
      throttling: { periods: 10, throttledPeriods: 5, throttledSeconds: 0.2, harmful: false },
      settings: { quotaCores: 1.4 },
    }),
  ];
  t.equal(new Set(kinds.map(({ verdict }) => verdict.kind)).size, kinds.length, 'each another verdict');
  for (const ledger of kinds) {
    const note = noteOn('/a', [ledger, neighbour]);
    t.match(note, /\nLook next\n {2}- \w/, ledger.verdict.kind);
    t.notMatch(note, /undefined|NaN|Infinity|\?/, ledger.verdict.kind);
    t.ok(
      note.split('\n').every((line) => line.length <= 100 || line.startsWith('  [')),
      'fits the width',
    );
  }
});

t.test('a re-created cgroup is another container', async (t) => {
  const evidence = gatherEvidence(
    sumsOf([{ ...victim, cgroupId: 1n, received: 9 }], [{ ...victim, cgroupId: 2n }]),
    '/demo/victim',
  );
  t.match(evidence, { windowCount: 1, container: { cgroupId: 2n, received: 1.3 } });
});

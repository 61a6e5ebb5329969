/** The real loader on the real kernel: its way through, and what it says where there is none. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { ExactReader } from '../../host/exact-reader.ts';
import type { ExactReading } from '../../host/exact-reader.ts';
import { between } from '../support/live-assertions.ts';
import { LiveHost } from '../support/live-host.ts';
import {
  collect,
  loaderFile,
  programsTest,
  run,
  type LoaderResult,
  type PinnedPrograms,
} from '../support/pinned-programs.ts';

const files = ['cpus', 'cgroups', 'pairs', 'health', 'tasks'];
const nobody = 65534;

/** The exit code, and a sentence that says what happened and what to do. */
function fails(t: Test, result: LoaderResult, code: number, sentence: RegExp): void {
  t.equal(result.code, code, result.stderr);
  t.match(result.stderr, sentence);
}

const succeeds = (t: Test, result: LoaderResult): void => void t.equal(result.code, 0, result.stderr);

const readNow = (folder: string) => new ExactReader({ folder }).read();

/** Every CPU's time is accounted for, once: whatever happened before, this is what counting twice or not would break. */
async function countsOnce(t: Test, programs: PinnedPrograms): Promise<void> {
  const before = programs.readFile('cpus');
  spawnSync('sleep', ['0.05']);
  const after = programs.readFile('cpus');
  const sumAt = (reading: typeof before, record: number): bigint =>
    ['idle_ns', 'system_ns', 'cgroup_ns', 'offline_ns'].reduce(
      (sum, column) => sum + reading.value(record, column),
      0n,
    );
  t.equal(after.count, before.count);
  for (let record = 0; record < after.count; record++) {
    const wall = Number(after.value(record, 'now_ns') - before.value(record, 'now_ns')) / 1e9;
    const counted = Number(sumAt(after, record) - sumAt(before, record)) / 1e9;
    between(t, counted, wall - 1e-5, wall + 1e-5, `CPU ${record}: idle, system and cgroups make wall time`);
  }
}

/** Nothing fell, and nothing grew by more than the time that passed allows. */
function goesOn(t: Test, before: ExactReading, after: ExactReading, cpuCount: number): void {
  t.equal(after.host.loadId, before.host.loadId, 'the same set of counters');
  let common = 0;
  for (const [id, a] of before.counters) {
    const b = after.counters.get(id);
    if (!b || b.createdNs !== a.createdNs) continue;
    common++;
    const wall = Number(b.monotonicNs - a.monotonicNs);
    const sum = b.concurrencyNs.reduce((total, ns, k) => total + Number(ns - (a.concurrencyNs[k] ?? 0n)), 0);
    if (Math.abs(sum - wall) > 1e4) t.fail('the histogram jumped', { id: String(id), sum, wall });
    const ran = Number(b.runNs - a.runNs);
    if (ran < -1e4 || ran > wall * cpuCount + 1e5) t.fail('run time jumped', { id: String(id), ran, wall });
  }
  t.ok(common > 0, 'rows live on', { common });
}

programsTest(t, 'load, status, unload', 1, async (t, { programs }) => {
  fails(t, programs.loader('status'), 18, /nothing is pinned at .*: run "cpugap-bpf load"/);
  fails(t, programs.loader('unload'), 18, /nothing is pinned at/);
  t.match(readNow(programs.folder), { kind: 'none', reason: /load them with cpugap-bpf load/ });

  succeeds(t, programs.loader('load'));
  t.match(programs.loader('status'), { code: 0, stdout: /^loaded under .*, layout version 1/ });
  t.match(JSON.parse(programs.loader('status', '--json').stdout), { state: 'loaded', negativeN: 0 });
  for (const file of files) t.equal(statSync(`${programs.folder}/${file}`).mode & 0o777, 0o444, file);
  t.notOk(existsSync(`${programs.folder}/staging`), 'staging is gone');
  t.equal(
    programs.read().host.losses.every(({ count }) => count === 0n),
    true,
    'nothing was lost',
  );
  await countsOnce(t, programs);

  succeeds(t, programs.loader('unload'));
  t.notOk(existsSync(programs.folder), 'nothing is left');
  fails(t, programs.loader('status'), 18, /nothing is pinned/);
});

programsTest(t, 'anybody reads, with no capability at all', 1, async (t, { programs }) => {
  succeeds(t, programs.loader('load'));
  const reader = fileURLToPath(new URL('../support/read-without-privilege.ts', import.meta.url));
  const seen = JSON.parse(run(process.execPath, [reader, programs.folder])) as object;
  t.match(seen, { uid: nobody, capabilities: /^0+$/, kind: 'counted' });
  t.ok('cgroups' in seen && Number(seen.cgroups) > 0, 'and sees cgroups');

  chmodSync(programs.folder, 0o700);
  t.match(JSON.parse(run(process.execPath, [reader, programs.folder])), {
    kind: 'none',
    reason: /may not be read/,
  });
});

programsTest(
  t,
  'two loads at once, a load over a load: counted once, no jump',
  1,
  async (t, { programs, online }) => {
    const results = await Promise.all([programs.loaderBeside('load'), programs.loaderBeside('load')]);
    for (const result of results) succeeds(t, result);
    succeeds(t, programs.loader('status'));
    await countsOnce(t, programs);

    const before = programs.read();
    succeeds(t, programs.loader('load'));
    goesOn(t, before, programs.read(), online.length);
    await countsOnce(t, programs);

    succeeds(t, programs.loader('load', '--replace'));
    t.not(programs.read().host.loadId, before.host.loadId, 'asked to start anew, it does');
    await countsOnce(t, programs);
  },
);

programsTest(t, 'unloaded while it is read', 1, async (t, { programs }) => {
  succeeds(t, programs.loader('load'));
  const ended = new AbortController();
  const reader = new ExactReader({ folder: programs.folder });
  t.equal(reader.read().kind, 'counted');
  const unload = programs.loaderBeside('unload').finally(() => {
    ended.abort();
  });
  while (!ended.signal.aborted) {
    const reading = reader.read();
    if (reading.kind === 'none' && !reading.reason.includes('load them with cpugap-bpf load'))
      t.fail(reading.reason);
    await new Promise(setImmediate);
  }
  succeeds(t, await unload);
  t.match(reader.read(), { kind: 'none', reason: /load them with cpugap-bpf load/ });
});

/** A load takes half a second to a second, most of it in attaching. */
const killedAfterMs = [30, 120, 250, 450];

programsTest(
  t,
  'a load that was killed at any point is made good by the next',
  1,
  async (t, { programs }) => {
    for (const milliseconds of killedAfterMs) {
      programs.loadFor(milliseconds);
      const { code } = programs.loader('status');
      t.ok(code === 0 || code === 18 || code === 19, `killed after ${milliseconds} ms: status ${code}`);
      if (code !== 0) t.equal(readNow(programs.folder).kind, 'none', 'and nothing is read');
      succeeds(t, programs.loader('load'));
      succeeds(t, programs.loader('status'));
      t.notOk(existsSync(`${programs.folder}/staging`));
      await countsOnce(t, programs);
      programs.clear();
    }
  },
);

programsTest(
  t,
  'an upgrade that was killed at any point loses nothing',
  1,
  async (t, { programs, online }) => {
    succeeds(t, programs.loader('load'));
    for (const milliseconds of killedAfterMs.slice(1, 3)) {
      const before = programs.read();
      programs.loadFor(milliseconds);
      goesOn(t, before, programs.read(), online.length);
      await countsOnce(t, programs);
      succeeds(t, programs.loader('load'));
      goesOn(t, before, programs.read(), online.length);
      await countsOnce(t, programs);
    }
  },
);

programsTest(t, 'pins that are missing', 1, async (t, { programs }) => {
  succeeds(t, programs.loader('load'));
  unlinkSync(`${programs.folder}/cgroups`);
  unlinkSync(`${programs.folder}/links/on_switch`);
  fails(t, programs.loader('status'), 19, /is incomplete \(cgroups on_switch\): run "cpugap-bpf load" again/);
  t.equal(readNow(programs.folder).kind, 'none');
  succeeds(t, programs.loader('load'));
  succeeds(t, programs.loader('status'));
  await countsOnce(t, programs);
});

programsTest(t, 'another layout is pinned', 1, async (t, { programs }) => {
  // The same programs under another version number, built beside.
  const source = t.testdir();
  cpSync(dirname(dirname(loaderFile)), source, {
    recursive: true,
    filter: (file) => !file.includes('/build'),
  });
  const layout = readFileSync(`${source}/layout.h`, 'utf8');
  const other = layout.replace(/(#define CPUGAP_LAYOUT_VERSION) \d+/, '$1 2');
  t.not(other, layout);
  writeFileSync(`${source}/layout.h`, other);
  run('make', ['--silent', '-C', source]);
  run(`${source}/build/cpugap-bpf`, ['load', '--pin', programs.folder]);

  t.match(readNow(programs.folder), {
    kind: 'none',
    reason: /have layout 2, this program reads 1: .*--replace/,
  });
  fails(t, programs.loader('status'), 16, /holds layout version 2, this loader has 1: .*--replace/);
  fails(t, programs.loader('load'), 16, /holds layout version 2, this loader has 1: .*--replace/);
  t.match(readNow(programs.folder), { kind: 'none' }, 'and it was left alone');
  succeeds(t, programs.loader('load', '--replace'));
  succeeds(t, programs.loader('status'));
  await countsOnce(t, programs);
});

programsTest(t, 'no capability; two of them and a folder suffice', 1, async (t, { programs }) => {
  // The tree may lie where nobody else may look.
  const place = mkdtempSync(`${tmpdir()}/cpugap-loader-`);
  t.teardown(() => {
    rmSync(place, { recursive: true });
  });
  chmodSync(place, 0o755);
  const loader = `${place}/cpugap-bpf`;
  copyFileSync(loaderFile, loader);
  const words = ['load', '--pin', programs.folder];
  fails(
    t,
    await collect(loader, words, { uid: nobody, gid: nobody }),
    13,
    /missing CAP_BPF and CAP_PERFMON: run the loader as root, or give it these capabilities/,
  );
  t.notOk(existsSync(programs.folder), 'and it left nothing');

  mkdirSync(programs.folder);
  chownSync(programs.folder, nobody, nobody);
  const as = (capabilities: string) => [
    ...['--reuid', String(nobody), '--regid', String(nobody), '--clear-groups'],
    ...['--inh-caps', capabilities, '--ambient-caps', capabilities, loader, ...words],
  ];
  fails(t, await collect('setpriv', as('-all,+bpf')), 13, /missing CAP_PERFMON:/);
  succeeds(t, await collect('setpriv', as('-all,+bpf,+perfmon')));
  await countsOnce(t, programs);
});

programsTest(t, 'not on a BPF file system', 1, async (t) => {
  const place = t.testdir();
  const { code, stderr } = await collect(loaderFile, ['load', '--pin', `${place}/pins`]);
  fails(t, { code, stdout: '', stderr }, 11, /is not on a BPF file system: run "mount -t bpf bpf /);
});

programsTest(t, 'no BTF', 1, async (t, { programs }) => {
  // Hidden from this one command, in a mount namespace of its own.
  const hidden = 'mount -t tmpfs none /sys/kernel/btf && exec "$@"';
  const words = ['--mount', 'sh', '-c', hidden, 'sh', loaderFile, 'load', '--pin', programs.folder];
  fails(
    t,
    await collect('unshare', words),
    10,
    /has no .*vmlinux: it needs CONFIG_DEBUG_INFO_BTF=y; without it use/,
  );
  t.notOk(existsSync(programs.folder), 'and it left nothing');
});

programsTest(
  t,
  'no room for pairs: shown, and the sum of waiting stays',
  1,
  async (t, { programs, online }) => {
    succeeds(t, programs.loader('load', '--max-pairs', '2'));
    const live = await LiveHost.open();
    try {
      const cpus = online.slice(-1);
      const names = ['one', 'two', 'three'];
      const paths = names.map((name) => live.add(name, { cpus }));
      await live.loadAll(Object.fromEntries(paths.map((path) => [path, { kind: 'spin', threads: 1 }])));
      spawnSync('sleep', ['0.3']);
    } finally {
      await live.close();
    }
    const { pairsFull } = JSON.parse(programs.loader('status', '--json').stdout) as { pairsFull: number };
    t.ok(pairsFull > 0, 'by status');
    const lost = programs.read().host.losses.find(({ name }) => name === 'pairs_full');
    t.ok(lost && lost.count > 0n, 'and to the reader');
  },
);

programsTest(t, 'tables that are full are shown', 1, async (t, { programs }) => {
  succeeds(t, programs.loader('load', '--max-cgroups', '2'));
  const live = await LiveHost.open();
  try {
    for (const name of ['one', 'two']) await live.load(live.add(name, {}), { kind: 'duty', threads: 1 });
  } finally {
    await live.close();
  }
  const { cgroupsFull } = JSON.parse(programs.loader('status', '--json').stdout) as { cgroupsFull: number };
  t.ok(cgroupsFull > 0, 'by status');
  const lost = programs.read().host.losses.find(({ name }) => name === 'cgroups_full');
  t.ok(lost && lost.count > 0n, 'and to the reader');
  await countsOnce(t, programs);
});

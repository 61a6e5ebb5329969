/** Plans on real cgroups, and everybody who gets in the way: a killer, other writers, full disks, damaged rights. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { readBootId } from '../../host/boot-id.ts';
import { nodeWriteCalls } from '../../host/write-calls.ts';
import { cpuSetOf } from '../../kernel/cpu-set.ts';
import type { CpuWeight } from '../../kernel/sample.ts';
import type { ActuationHost } from '../../tuner/actuation/actuation-host.ts';
import { applyPlan } from '../../tuner/actuation/apply-plan.ts';
import { restore } from '../../tuner/actuation/restore.ts';
import { CgroupModel } from '../../tuner/plan/cgroup-model.ts';
import type { Plan } from '../../tuner/plan/plan.ts';
import { planWrites } from '../../tuner/plan/plan-writes.ts';
import { formatSetting, type Setting } from '../../tuner/plan/setting.ts';
import { lockState } from '../../tuner/state/state-lock.ts';
import type { WantedSetting } from '../../tuner/policy/policy.ts';
import { textsBetween } from '../../tuner/actuation/knob-files.ts';
import { readBytes, readGroup, readView } from '../support/live-groups.ts';
import type { LiveHost } from '../support/live-host.ts';
import { liveTest } from '../support/live-test.ts';
import { createRandom } from '../support/simulation/random.ts';

interface Scene {
  readonly host: ActuationHost;
  readonly root: string;
  readonly paths: readonly string[];
  readonly plan: Plan;
  readonly original: ReturnType<typeof readBytes>;
}

const weight = (isV2: boolean, shares: number): Setting => ({
  knob: 'weight',
  weight: (isV2
    ? { kind: 'weight', weight: Math.round(shares / 10) }
    : { kind: 'shares', shares }) satisfies CpuWeight,
});

/** Two containers of one pod, and a plan that writes every kind of file. */
function sceneOf(t: Test, live: LiveHost, online: readonly number[]): Scene {
  const { layout } = live;
  const root = live.addParent('managed', {});
  const pod = live.addParent('managed/pod', { cpus: online.slice(0, 2), quotaCores: 1.5 });
  const [a, b] = [
    live.add('managed/pod/a', { cpus: online.slice(0, 1), quotaCores: 0.5, shares: 700 }),
    live.add('managed/pod/b', { cpus: online.slice(0, 2), shares: 300 }),
  ];
  const paths = [pod, a, b];
  const stateFolder = mkdtempSync(join(tmpdir(), 'cpugap-state-'));
  t.teardown(() => {
    rmSync(stateFolder, { recursive: true });
  });
  const view = readView(layout, root, paths);
  const isV2 = layout.version === 'v2';
  const wishes: readonly (readonly [string, Setting])[] = [
    [a, { knob: 'cpus', cpus: cpuSetOf(online.slice(1, 2)) }],
    [pod, { knob: 'cpus', cpus: cpuSetOf(online.slice(1, 2)) }],
    [b, { knob: 'cpus', cpus: cpuSetOf(online.slice(1, 2)) }],
    [a, { knob: 'quota', quotaUsec: 20_000, periodUsec: 50_000 }],
    [a, { knob: 'burst', burstUsec: 10_000 }],
    [a, weight(isV2, 2000)],
    [b, { knob: 'idle', idle: true }],
  ];
  const wanted = wishes.map(([path, setting]): WantedSetting => {
    const { cgroupId } = view.groups.find((group) => group.path === path)!;
    return { path, cgroupId, setting, rung: 'soft_pool', onBehalfOf: a, reason: 'because' };
  });
  const plan = planWrites({ view, baseline: [], wanted });
  t.strictSame(plan.refused, []);
  const host = { layout, stateFolder, bootId: readBootId('/proc')!, calls: nodeWriteCalls };
  return { host, root, paths, plan, original: readBytes(layout, paths) };
}

const program = fileURLToPath(new URL('../support/actuation-program.ts', import.meta.url));

function programArguments(scene: Scene, killAt: number, thenRestore = false): readonly string[] {
  const input = { stateFolder: scene.host.stateFolder, plan: scene.plan, killAt, thenRestore };
  return [
    program,
    JSON.stringify(input, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
  ];
}

liveTest(
  t,
  'killed before every change of a plan: restore gives back every byte',
  2,
  async (t, { live, online }) => {
    const scene = sceneOf(t, live, online);
    const { layout } = scene.host;
    let killed = 0;
    for (let killAt = 1; ; killAt += 1) {
      const child = spawnSync(process.execPath, programArguments(scene, killAt), { encoding: 'utf8' });
      if (child.signal !== 'SIGKILL') {
        t.match(JSON.parse(child.stdout), { result: { kind: 'applied' } }, child.stderr);
        t.notSame(readBytes(layout, scene.paths), scene.original);
        t.match(await restore(scene.host), { kind: 'restored', isComplete: true });
        break;
      }
      killed += 1;
      const report = await restore(scene.host);
      t.ok(report.kind !== 'restored' || report.isComplete, `killed before change ${killAt}`, { report });
      t.strictSame(readBytes(layout, scene.paths), scene.original);
    }
    t.ok(killed > scene.plan.writes.length, `${killed} changes`);
    t.strictSame(readBytes(layout, scene.paths), scene.original);
  },
);

liveTest(
  t,
  'no capability, and no file but the managed cgroups and the state folder',
  2,
  async (t, { live, online }) => {
    const scene = sceneOf(t, live, online);
    const { layout, stateFolder } = scene.host;
    const folders = [...new Set([layout.cpu, layout.cpuset!])].map((root) => `${root}${scene.root}`);
    const run = (writable: readonly string[]) =>
      spawnSync(
        'setpriv',
        [
          ...['--bounding-set', '-all', '--inh-caps', '-all'],
          // What the test runner has Node load in every process may do more than a tuner.
          ...['env', '-u', 'NODE_OPTIONS'],
          process.execPath,
          '--permission',
          '--allow-fs-read=*',
          ...writable.map((folder) => `--allow-fs-write=${folder}`),
          ...programArguments(scene, 0, true),
        ],
        { encoding: 'utf8' },
      );
    const allowed = run([...folders, stateFolder]);
    t.equal(allowed.status, 0, allowed.stderr);
    t.match(JSON.parse(allowed.stdout), {
      capabilities: '0000000000000000',
      result: { kind: 'applied' },
      report: { kind: 'restored', isComplete: true },
    });
    t.match(JSON.parse(run([stateFolder]).stdout), {
      result: { kind: 'rolled_back', why: /ERR_ACCESS_DENIED/ },
    });
    t.strictSame(readBytes(layout, scene.paths), scene.original);
  },
);

liveTest(
  t,
  'somebody else writes, a container dies, a cgroup is made anew',
  2,
  async (t, { live, online }) => {
    const scene = sceneOf(t, live, online);
    const { host, paths, plan, original } = scene;
    const [, a = '', b = ''] = paths;
    const { layout } = host;
    const isV2 = layout.version === 'v2';
    const weightFile = `${layout.cpu}${a}/${isV2 ? 'cpu.weight' : 'cpu.shares'}`;
    const folders = (path: string) =>
      [layout.cpu, layout.cpuacct, layout.cpuset, layout.pressure].flatMap((root) =>
        root === undefined ? [] : [`${root}${path}`],
      );
    const meddlingBefore = (file: string, meddle: () => void): ActuationHost => {
      let isDone = false;
      const open: typeof nodeWriteCalls.open = (path, how) => {
        if (!isDone && how === 'change' && path.endsWith(file)) {
          isDone = true;
          meddle();
        }
        return nodeWriteCalls.open(path, how);
      };
      return { ...host, calls: { ...nodeWriteCalls, open } };
    };

    t.match(await applyPlan(host, plan, { apply: true }), { kind: 'applied' });
    writeFileSync(weightFile, '123');
    const report = await restore(host);
    t.match(report, { kind: 'restored', isComplete: false });
    t.match(
      report.kind === 'restored' &&
        report.files.filter(({ outcome }) => outcome !== 'restored' && outcome !== 'already_original'),
      [{ path: a, outcome: 'changed_by_other', detail: '123' }],
    );
    t.match(await restore(host, { force: true }), { kind: 'restored', isComplete: true });
    t.strictSame(readBytes(layout, paths), original);

    const remove = (): void => {
      for (const folder of new Set(folders(b))) rmdirSync(folder);
    };
    const died = await applyPlan(meddlingBefore('cpu.idle', remove), plan, { apply: true });
    t.match(died, { kind: 'rolled_back', isComplete: true, at: { path: b, file: 'cpu.idle' } });
    const rest = paths.filter((path) => path !== b);
    const originalOfRest = Object.fromEntries(
      Object.entries(original).filter(([file]) => !file.includes(`${b}/`)),
    );
    t.strictSame(readBytes(layout, rest), originalOfRest);
    await restore(host);

    const again = planWrites({
      view: readView(layout, scene.root, rest),
      baseline: [],
      wanted: plan.writes
        .filter(({ path, to }) => path === a && to.knob === 'weight')
        .map(({ path, cgroupId, to }) => ({
          path,
          cgroupId,
          setting: to,
          rung: 'weights',
          onBehalfOf: a,
          reason: 'r',
        })),
    });
    t.match(await applyPlan(host, again, { apply: true }), { kind: 'applied' });
    for (const folder of new Set(folders(a))) {
      rmdirSync(folder);
      mkdirSync(folder);
    }
    const fresh = readGroup(layout, a);
    t.match(await restore(host), {
      kind: 'restored',
      isComplete: true,
      files: [{ path: a, outcome: 'recreated' }],
    });
    t.strictSame(readGroup(layout, a), fresh, 'left alone');
  },
);

liveTest(
  t,
  'cpugap restore, and the exit codes of what keeps it from working',
  2,
  async (t, { live, online }) => {
    const scene = sceneOf(t, live, online);
    const { host, paths, plan, original } = scene;
    const cli = fileURLToPath(new URL('../../cli/cpugap.js', import.meta.url));
    const run = (...words: readonly string[]) =>
      spawnSync(process.execPath, [cli, 'restore', '--state-dir', host.stateFolder, ...words], {
        encoding: 'utf8',
      });
    t.match(await applyPlan(host, plan, { apply: true }), { kind: 'applied' });
    const lock = await lockState(host.stateFolder);
    t.match(run(), { status: 3, stderr: /another cpugap tuner or restore is at work/ });
    await lock.release();
    const { status, stdout } = run('--json');
    t.equal(status, 0);
    t.match(JSON.parse(stdout), { kind: 'restored', isComplete: true });
    t.strictSame(readBytes(host.layout, paths), original);
    t.match(run(), { status: 0, stdout: /There is no journal here/ });
    writeFileSync(join(host.stateFolder, 'journal'), 'cpugap-journal 1 sha256 0\n');
    t.match(run(), { status: 4, stderr: /the journal is damaged.+Nothing was written/ });
  },
);

liveTest(t, 'a full disk and read-only cgroups', 2, async (t, { live, online }) => {
  const scene = sceneOf(t, live, online);
  const { host, paths, plan, original } = scene;
  const folder = mkdtempSync(join(tmpdir(), 'cpugap-mounts-'));
  const mount = (...words: readonly string[]): void => {
    const { status, stderr } = spawnSync('mount', words, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    t.teardown(() => spawnSync('umount', [words.at(-1)!]));
  };
  t.teardown(() => {
    rmSync(folder, { recursive: true });
  });
  const small = join(folder, 'small');
  mkdirSync(small);
  mount('-t', 'tmpfs', '-o', 'size=4k', 'cpugap-test', small);
  writeFileSync(join(small, 'full'), 'x'.repeat(4096));
  t.match(await applyPlan({ ...host, stateFolder: small }, plan, { apply: true }), {
    kind: 'refused',
    why: /journal cannot be written \(ENOSPC\)/,
  });
  const readOnly = join(folder, 'cpu');
  mkdirSync(readOnly);
  mount('--bind', host.layout.cpu, readOnly);
  mount('-o', 'remount,bind,ro', readOnly);
  const refused = await applyPlan({ ...host, layout: { ...host.layout, cpu: readOnly } }, plan, {
    apply: true,
  });
  t.match(refused, { kind: 'rolled_back', isComplete: true, why: /EROFS/ });
  t.strictSame(readBytes(host.layout, paths), original);
  await restore(host);
});

liveTest(
  t,
  'the model of the kernel refuses what the kernel refuses, and has what it has',
  2,
  async (t, { live, online }) => {
    const { layout } = live;
    const root = live.addParent('model', {});
    const paths = ['', '/a', '/b'].map((name) => live.addParent(`model/p${name}`, {}));
    const random = createRandom(4711);
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
    const isV2 = layout.version === 'v2';
    const settingOf = (): Setting =>
      pick<() => Setting>([
        () => weight(isV2, 20 + Math.floor(random() * 5000)),
        () => ({ knob: 'idle', idle: random() < 0.5 }),
        () => ({
          knob: 'quota',
          quotaUsec: pick(['max', 20_000, 50_000, 90_000, 150_000]),
          periodUsec: pick([50_000, 100_000]),
        }),
        () => ({ knob: 'burst', burstUsec: pick([0, 10_000, 30_000, 60_000]) }),
        () => ({
          knob: 'cpus',
          cpus: cpuSetOf(pick([online.slice(0, 1), online.slice(1, 2), online.slice(0, 2)])),
        }),
      ])();
    const model = new CgroupModel(readView(layout, root, paths));
    const differences: string[] = [];
    for (let step = 0; step < 400; step += 1) {
      const [path, setting] = [pick(paths), settingOf()];
      const from = model.setting(path, setting.knob) ?? setting;
      const refusal = model.write(path, setting);
      const texts = textsBetween(layout.version, from, setting);
      // Quota and period are two writes on v1: the model sees the whole, so only those of one file are compared.
      if (texts.length > 1 && refusal !== undefined) continue;
      const code = texts.map(({ controller, file, text }) => {
        try {
          writeFileSync(`${layout[controller]!}${path}/${file}`, text, { flag: 'r+' });
          return undefined;
        } catch (error) {
          return (error as NodeJS.ErrnoException).code;
        }
      });
      if (code.at(-1) !== refusal)
        differences.push(`${path} ${formatSetting(setting)}: ${code.at(-1)} and not ${refusal}`);
    }
    t.strictSame(differences, []);
    for (const path of paths) {
      const group = readGroup(layout, path);
      const now = { ...group, weight: group.idle === true ? undefined : group.weight };
      const modelled = (['weight', 'idle', 'quota', 'burst', 'cpus'] as const)
        .map((knob) => model.setting(path, knob))
        .map((s) => s && formatSetting(s));
      const real = [
        now.weight && formatSetting({ knob: 'weight', weight: now.weight }),
        formatSetting({ knob: 'idle', idle: now.idle! }),
        formatSetting({ knob: 'quota', quotaUsec: now.quota!.quotaUsec, periodUsec: now.quota!.periodUsec }),
        formatSetting({ knob: 'burst', burstUsec: now.quota!.burstUsec! }),
        formatSetting({ knob: 'cpus', cpus: now.configuredCpus! }),
      ];
      t.strictSame(real, modelled, path);
    }
  },
);

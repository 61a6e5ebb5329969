import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ExactReader } from '../../host/exact-reader.ts';
import { nodeFileCalls, type FileCalls } from '../../host/file-calls.ts';
import { bpfFiles, type BpfFileName } from '../../kernel/bpf-reading.ts';
import { bpfFile, recordWords } from '../support/bpf-files.ts';

const zeros = (file: BpfFileName, id = 0n): readonly bigint[] => [
  id,
  ...Array.from({ length: recordWords(file) - 1 }, () => 0n),
];

const whole: Readonly<Record<BpfFileName, Uint8Array>> = {
  cpus: bpfFile('cpus', [zeros('cpus')]),
  cgroups: bpfFile('cgroups', [zeros('cgroups', 42n), zeros('cgroups', 43n)]),
  pairs: bpfFile('pairs', [[42n, 43n, 7n]]),
  health: bpfFile('health', [zeros('health')]),
  tasks: bpfFile('tasks', [zeros('tasks')]),
};

function folderWith(root: string, files: Readonly<Partial<Record<BpfFileName, Uint8Array>>>): string {
  const folder = join(root, 'cpugap');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  return folder;
}

t.test('a whole reading', async (t) => {
  const reading = new ExactReader({ folder: folderWith(t.testdir(), whole) }).read();
  if (reading.kind === 'none') throw new Error(reading.reason);
  t.same([...reading.counters.keys()], [42n, 43n]);
  t.same(reading.host.pairs, [{ victimId: 42n, offenderId: 43n, waitNs: 7n }]);
  t.equal(reading.host.loadId, 5n);
});

t.test('larger than the first buffer', async (t) => {
  const many = bpfFile(
    'cgroups',
    Array.from({ length: 700 }, (_, i) => zeros('cgroups', BigInt(i))),
  );
  const reading = new ExactReader({ folder: folderWith(t.testdir(), { ...whole, cgroups: many }) }).read();
  t.equal(reading.kind === 'counted' && reading.counters.size, 700);
});

t.test('why there is none, in words that say what to do', async (t) => {
  const rows: readonly (readonly [Partial<Record<BpfFileName, Uint8Array>>, string])[] = [
    [{}, 'load them with cpugap-bpf load'],
    [{ ...whole, cgroups: bpfFile('cgroups', [], { layoutVersion: 9n }) }, 'have layout 9'],
    [{ ...whole, pairs: bpfFile('pairs', [], { loadId: 6n }) }, 'loaded anew during the reading'],
    [{ ...whole, cgroups: whole.cgroups.slice(0, -16) }, 'closing mark|whole records'],
    [{ ...whole, health: new Uint8Array(0) }, 'a header'],
  ];
  for (const [files, reason] of rows) {
    const reading = new ExactReader({ folder: folderWith(t.testdir(), files) }).read();
    t.match(reading.kind === 'none' && reading.reason, new RegExp(reason));
  }
});

t.test('walks the threads at first and then once a minute by the time of the readings', async (t) => {
  const folder = folderWith(t.testdir(), whole);
  const opened: string[] = [];
  const calls: FileCalls = {
    ...nodeFileCalls,
    open: (path) => {
      opened.push(path.slice(folder.length + 1));
      return nodeFileCalls.open(path);
    },
  };
  const reader = new ExactReader({ folder, calls });
  const rows: readonly (readonly [seconds: bigint, walks: boolean])[] = [
    [1000n, true],
    [1059n, false],
    [1060n, true],
    [1061n, false],
  ];
  for (const [seconds, walks] of rows) {
    const nowNs = seconds * 1_000_000_000n;
    writeFileSync(join(folder, 'health'), bpfFile('health', [zeros('health')], { nowNs }));
    opened.length = 0;
    t.equal(reader.read().kind, 'counted');
    t.same(opened, ['health', ...(walks ? ['tasks'] : []), 'cpus', 'cgroups', 'pairs']);
  }
});

t.test('reads again where it lost its CPU between the two files that belong together', async (t) => {
  const folder = folderWith(t.testdir(), whole);
  let tries = 0;
  const calls = (lateTries: number): FileCalls => ({
    ...nodeFileCalls,
    open: (path) => {
      if (path.endsWith('/cgroups')) {
        const endNs = ++tries <= lateTries ? 20_000_077n : 100_077n;
        writeFileSync(path, bpfFile('cgroups', [zeros('cgroups', 42n)], { endNs }));
      }
      return nodeFileCalls.open(path);
    },
  });
  for (const [lateTries, expected] of [
    [0, 1],
    [2, 3],
    [100, 4],
  ] as const) {
    tries = 0;
    t.equal(new ExactReader({ folder, calls: calls(lateTries) }).read().kind, 'counted');
    t.equal(tries, expected);
  }
});

t.test(
  'periods between two readings go to the second, where somebody waited and they are long enough',
  async (t) => {
    const folder = folderWith(t.testdir(), whole);
    const reader = new ExactReader({ folder });
    const waitOthers = bpfFiles.cgroups.columns.indexOf('wait_others_ns');
    const at = (ms: bigint, waitedMs: bigint): void => {
      const row = zeros('cgroups', 42n).map((word, i) => (i === waitOthers ? waitedMs * 1_000_000n : word));
      const nowNs = ms * 1_000_000n;
      writeFileSync(join(folder, 'cpus'), bpfFile('cpus', [zeros('cpus')], { nowNs }));
      writeFileSync(join(folder, 'cgroups'), bpfFile('cgroups', [row], { nowNs }));
    };
    const periodsOf = (): readonly (readonly bigint[])[] | undefined => {
      const reading = reader.read();
      if (reading.kind === 'none') throw new Error(reading.reason);
      return reading.host.periods?.map(({ cgroups }) => cgroups.map(({ cgroupId }) => cgroupId));
    };
    at(1000n, 0n);
    t.equal(periodsOf(), undefined, 'none before the first');
    for (const [ms, waitedMs] of [
      [1100n, 0n],
      [1150n, 20n],
      [1200n, 50n],
      [1300n, 50n],
      [1450n, 50n],
    ] as const) {
      at(ms, waitedMs);
      reader.readPeriod();
    }
    at(1500n, 50n);
    t.same(periodsOf(), [[42n], [42n], []], 'at 1.1, 1.2 and 1.3 s');
    t.ok(reader.wantsPeriods);
    at(2500n, 50n);
    t.equal(periodsOf(), undefined);
    t.notOk(reader.wantsPeriods, 'nobody waited for a second');
    at(2600n, 50n);
    reader.readPeriod();
    at(3500n, 50n);
    t.equal(periodsOf(), undefined);
  },
);

t.test('a failing call at any point is a reason and leaves no descriptor open', async (t) => {
  const folder = folderWith(t.testdir(), whole);
  const codes = ['EACCES', 'EIO', 'ENODEV'];
  for (const code of codes) {
    for (let nth = 0; nth < 15; nth++) {
      let calls = 0;
      let open = 0;
      const failNow = (): void => {
        if (calls++ === nth) throw Object.assign(new Error(code), { code });
      };
      const faulty: FileCalls = {
        ...nodeFileCalls,
        open: (path) => {
          failNow();
          open++;
          return nodeFileCalls.open(path);
        },
        read: (...args) => {
          failNow();
          return nodeFileCalls.read(...args);
        },
        close: (fd) => {
          open--;
          nodeFileCalls.close(fd);
        },
      };
      const reading = new ExactReader({ folder, calls: faulty }).read();
      t.equal(reading.kind, 'none', `${code} at call ${nth}`);
      t.equal(open, 0);
    }
  }
});

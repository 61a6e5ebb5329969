import { readFileSync } from 'node:fs';
import t from 'tap';
import {
  bpfFiles,
  bpfLayoutVersion,
  concurrencyEntries,
  exactCountersOf,
  latencyBuckets,
  lossesOf,
  parseBpfReading,
  waitPairsOf,
  type BpfFileName,
} from '../../kernel/bpf-reading.ts';
import { KernelTextError } from '../../kernel/kernel-text-error.ts';
import { bpfFile, recordWords } from '../support/bpf-files.ts';
import { fc } from '../support/properties.ts';

const header = readFileSync(new URL('../../agent/bpf/layout.h', import.meta.url), 'utf8');
const pairsFile = bpfFile('pairs', [
  [10n, 11n, 500n],
  [10n, 1n, 2n ** 63n],
]);
const cgroupWidth = recordWords('cgroups');

t.test('columns are those of layout.h, in its order', async (t) => {
  const structs = { cpus: 'cpu', cgroups: 'cgroup', pairs: 'pair', health: 'health' } as const;
  const sizes: Readonly<Record<string, number>> = {
    'CPUGAP_KMAX + 1': concurrencyEntries,
    CPUGAP_LATENCY_BUCKETS: latencyBuckets,
  };
  for (const [name, struct] of Object.entries(structs)) {
    const body = new RegExp(`struct cpugap_${struct} \\{([^}]*)\\}`).exec(header)?.[1] ?? '';
    const columns = [...body.matchAll(/cpugap_u64 (\w+)(?:\[([^\]]+)\])?;/g)].map(([, column, entries]) =>
      entries === undefined ? column : `${column}[${sizes[entries]}]`,
    );
    t.same(columns, bpfFiles[name as BpfFileName].columns, struct);
  }
  t.equal(/CPUGAP_LAYOUT_VERSION (\d+)/.exec(header)?.[1], String(bpfLayoutVersion));
  t.equal(/CPUGAP_KMAX (\d+)/.exec(header)?.[1], String(concurrencyEntries - 1));
  t.equal(/CPUGAP_LATENCY_BUCKETS (\d+)/.exec(header)?.[1], String(latencyBuckets));
  const words = new BigUint64Array(pairsFile.buffer);
  t.match(header, new RegExp(`CPUGAP_MAGIC 0x0*${words[0]!.toString(16)}ULL`));
  t.match(header, new RegExp(`CPUGAP_END 0x0*${words.at(-2)!.toString(16)}ULL`));
});

t.test('pairs', async (t) => {
  const reading = parseBpfReading(pairsFile, 'pairs', 'pairs');
  t.equal(reading.loadId, 5n);
  t.equal(reading.nowNs, 77n);
  t.same(waitPairsOf(reading), [
    { victimId: 10n, offenderId: 11n, waitNs: 500n },
    { victimId: 10n, offenderId: 1n, waitNs: 2n ** 63n },
  ]);
});

t.test('cgroups: each counter from its column, removed ones left out', async (t) => {
  const record = Array.from({ length: cgroupWidth }, (_, i) => BigInt(i + 1000));
  record[2] = 0n;
  const removed = [...record];
  removed[0] = 9n;
  removed[2] = 1n;
  const counters = exactCountersOf(
    parseBpfReading(bpfFile('cgroups', [record, removed]), 'cgroups', 'cgroups'),
  );
  t.same([...counters.keys()], [1000n]);
  const row = counters.get(1000n)!;
  t.equal(row.createdNs, 1001n);
  t.equal(row.waitSelfNs, 1009n);
  t.equal(row.waitBesideIdleNs, 1014n + 1015n);
  t.equal(row.concurrencyTailNs, 1020n);
  t.equal(row.concurrencyNs[0], 1021n);
  t.equal(row.concurrencyNs.length, concurrencyEntries);
  t.equal(row.wakeupWaits[0], BigInt(1021 + concurrencyEntries));
  t.equal(row.preemptionWaits.at(-1), BigInt(1000 + cgroupWidth - 1));
});

t.test('losses', async (t) => {
  const record = Array.from({ length: bpfFiles.health.columns.length }, (_, i) => BigInt(i));
  const losses = lossesOf(parseBpfReading(bpfFile('health', [record]), 'health', 'health'));
  t.same(
    losses.find((loss) => loss.name === 'queue_full'),
    { name: 'queue_full', count: 3n },
  );
});

t.test('refuses what is not a whole file of this layout, and says what', async (t) => {
  const damaged = (word: number, value: bigint): Uint8Array => {
    const words = new BigUint64Array(pairsFile.slice().buffer);
    words[word] = value;
    return new Uint8Array(words.buffer);
  };
  const rows: readonly (readonly [Uint8Array, string])[] = [
    [new Uint8Array(0), 'a header'],
    [pairsFile.slice(0, -1), 'a header'],
    [damaged(0, 1n), 'mark of a reading'],
    [damaged(1, 99n), 'layout version'],
    [damaged(2, 4n), 'kind'],
    [damaged(3, 8n), 'records of'],
    [pairsFile.slice(0, -8), 'whole records'],
    [damaged(12, 0n), 'closing mark'],
  ];
  for (const [bytes, expected] of rows) {
    t.throws(() => parseBpfReading(bytes, 'pairs', '/pin/pairs'), {
      name: 'KernelTextError',
      message: expected,
    });
  }
});

t.test('any bytes give a reading or a KernelTextError', async () => {
  const mutated = fc
    .tuple(
      fc.constantFrom(...(Object.keys(bpfFiles) as BpfFileName[])),
      fc.uint8Array({ maxLength: 200 }),
      fc.nat(100),
      fc.boolean(),
    )
    .map(([file, noise, at, whole]) => {
      const bytes = pairsFile.slice();
      bytes.set(noise.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
      return [file, whole ? bytes : noise] as const;
    });
  fc.assert(
    fc.property(mutated, ([file, bytes]) => {
      try {
        const reading = parseBpfReading(bytes, file, 'p');
        exactCountersOf(reading);
        waitPairsOf(reading);
        lossesOf(reading);
      } catch (error) {
        if (!(error instanceof KernelTextError)) throw error;
      }
    }),
  );
});

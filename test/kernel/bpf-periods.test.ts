import t from 'tap';
import { countersAt, waitersBetween } from '../../kernel/bpf-periods.ts';
import { bpfFiles, parseBpfReading, type BpfReading } from '../../kernel/bpf-reading.ts';
import { bpfFile, recordWords } from '../support/bpf-files.ts';

interface Row {
  readonly id: bigint;
  readonly created?: bigint;
  readonly others?: bigint;
  readonly induced?: bigint;
}

/** Beyond 2^53, as after four months. */
const base = 2n ** 53n + 12_345n;
const columns: readonly string[] = bpfFiles.cgroups.columns;

const reading = (rows: readonly Row[]): BpfReading => {
  const records = rows.map(({ id, created = 5n, others = 0n, induced = 0n }) => {
    const words = Array.from({ length: recordWords('cgroups') }, () => 0n);
    words[columns.indexOf('id')] = id;
    words[columns.indexOf('created_ns')] = created;
    words[columns.indexOf('wait_others_ns')] = base + others;
    words[columns.indexOf('induced_ns')] = base + induced;
    return words;
  });
  return parseBpfReading(bpfFile('cgroups', records), 'cgroups', 'cgroups');
};

/** For each reading but the first and the last, who waited just before or just after it. */
const chosen = (rows: readonly (readonly Row[])[]): readonly (readonly bigint[])[] => {
  const readings = rows.map(reading);
  return readings.slice(1, -1).map((middle, i) => {
    const [before, after] = [readings[i]!, readings[i + 2]!];
    const starts = [
      ...waitersBetween(before, middle, 100).inAfter,
      ...waitersBetween(middle, after, 100).inBefore,
    ];
    return countersAt(middle, starts).map(({ cgroupId }) => cgroupId);
  });
};

const quiet: Row = { id: 20n };

t.test('who waited stands at both ends of that period, and nobody else', async (t) => {
  const waits = (others: bigint): readonly Row[] => [{ id: 10n, others }, quiet];
  t.same(chosen([waits(0n), waits(0n), waits(500n), waits(500n), waits(500n)]), [[10n], [10n], []]);
  t.same(chosen([waits(0n), waits(500n), waits(500n)]), [[10n]], 'before the moment');
  t.same(chosen([waits(0n), waits(0n), waits(500n)]), [[10n]], 'or after it');
  t.same(chosen([waits(0n), waits(100n), waits(200n)]), [[]], 'no more than is worth a look');
});

t.test('slept for a waiter counts; the root cgroup does not', async (t) => {
  t.same(chosen([[quiet], [{ ...quiet, induced: 500n }], [{ ...quiet, induced: 500n }]]), [[20n]]);
  t.same(chosen([[{ id: 1n }], [{ id: 1n, others: 500n }], [{ id: 1n, others: 900n }]]), [[]]);
});

t.test('rows that come and go, and another cgroup of the same id', async (t) => {
  const waiter = (others: bigint, created = 5n): Row => ({ id: 10n, created, others });
  t.same(
    chosen([
      [quiet, { id: 30n }, waiter(0n)],
      [quiet, waiter(500n)],
      [quiet, { id: 31n }, waiter(500n)],
    ]),
    [[10n]],
  );
  t.same(chosen([[waiter(0n)], [waiter(500n, 6n)], [waiter(500n, 6n)]]), [[]]);
  t.same(chosen([[], [waiter(0n)], [waiter(900n)]]), [[10n]], 'new in the window');
});

t.test('the counters are those of that moment', async (t) => {
  const [one] = countersAt(reading([quiet, { id: 10n, others: 500n }]), [recordWords('cgroups')]);
  t.equal(one?.cgroupId, 10n);
  t.equal(one?.exact.waitOthersNs, base + 500n);
});

import t from 'tap';
import { halvesOf } from '../../kernel/counter-column.ts';
import { KernelTextError } from '../../kernel/kernel-text-error.ts';
import {
  parseThreadSchedstat,
  scanThreadSchedstat,
  type ThreadSchedstat,
} from '../../kernel/thread-schedstat.ts';
import { arbitraryCounter } from '../support/arbitrary-sample.ts';
import { fc } from '../support/properties.ts';
import { refusalOf } from '../support/refusal.ts';

type Column = 'runNs' | 'runDelayNs' | 'timeslices';

const asHalves = (columns: Readonly<Record<Column, BigUint64Array>>) => ({
  runNs: halvesOf(columns.runNs),
  runDelayNs: halvesOf(columns.runDelayNs),
  timeslices: halvesOf(columns.timeslices),
});

/** Scans from a reused buffer that has other digits after the text. */
function scan(text: string): ThreadSchedstat {
  const columns = {
    runNs: new BigUint64Array(2).fill(7n),
    runDelayNs: new BigUint64Array(2).fill(7n),
    timeslices: new BigUint64Array(2).fill(7n),
  };
  const bytes = new Uint8Array(512).fill(0x39);
  bytes.set(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  scanThreadSchedstat(bytes, text.length, 'p', asHalves(columns), 1);
  if (columns.runNs[0] !== 7n) throw new Error('another entry was written');
  return {
    runNs: columns.runNs[1] ?? 0n,
    runDelayNs: columns.runDelayNs[1] ?? 0n,
    timeslices: columns.timeslices[1] ?? 0n,
  };
}

t.test('parses and scans', async (t) => {
  const rows: [name: string, text: string, expected: [bigint, bigint, bigint]][] = [
    ['a young thread', '1438284 305017 2\n', [1438284n, 305017n, 2n]],
    ['without CONFIG_SCHED_INFO', '0 0 0\n', [0n, 0n, 0n]],
    ['without the newline', '627013817 2395474389 41', [627013817n, 2395474389n, 41n]],
    [
      'two years',
      '63113904000000001 63113904000000000 6311390400\n',
      [63113904000000001n, 63113904000000000n, 6311390400n],
    ],
    [
      'beyond 2^53',
      '9007199254740993 9007199254740995 9007199254740997\n',
      [9007199254740993n, 9007199254740995n, 9007199254740997n],
    ],
    [
      '64 bits',
      '18446744073709551615 999999999999999 1000000000000000\n',
      [18446744073709551615n, 999999999999999n, 1000000000000000n],
    ],
  ];
  for (const [name, text, [runNs, runDelayNs, timeslices]] of rows) {
    t.strictSame(parseThreadSchedstat(text, 'p'), { runNs, runDelayNs, timeslices }, name);
    t.strictSame(scan(text), { runNs, runDelayNs, timeslices }, `${name}, scanned`);
  }
});

t.test('refuses other shapes', async (t) => {
  for (const text of [
    '',
    '\n',
    '1',
    '1 2',
    '1 2\n',
    '1 2 \n',
    ' 1 2 3\n',
    '1  2 3\n',
    '1 2 3 \n',
    '1 2 3 4\n',
    '1 2 3\n\n',
    '1 2 3\n4',
    '-1 2 3\n',
    '1 x 3\n',
    '18446744073709551616 2 3\n',
    '1 000000000000000000002 3\n',
  ]) {
    t.equal(refusalOf(() => parseThreadSchedstat(text, 'p')).path, 'p', JSON.stringify(text));
    t.strictSame(
      refusalOf(() => scan(text)),
      { path: 'p', line: 1, expected: '"RUN_NS WAIT_NS TIMESLICES"', found: text },
      `${JSON.stringify(text)}, scanned`,
    );
  }
});

t.test('leaves the columns alone when it refuses', async (t) => {
  const one = (): BigUint64Array => new BigUint64Array(1).fill(7n);
  const columns = { runNs: one(), runDelayNs: one(), timeslices: one() };
  const text = Buffer.from('1 2 99999999999999999999\n');
  t.throws(() => {
    scanThreadSchedstat(text, text.length, 'p', asHalves(columns), 0);
  }, KernelTextError);
  t.strictSame([columns.runNs[0], columns.runDelayNs[0], columns.timeslices[0]], [7n, 7n, 7n]);
});

t.test('scans every counter exactly', async (t) => {
  fc.assert(
    fc.property(arbitraryCounter, arbitraryCounter, arbitraryCounter, (runNs, runDelayNs, timeslices) => {
      const scanned = scan(`${runNs} ${runDelayNs} ${timeslices}\n`);
      return (
        scanned.runNs === runNs && scanned.runDelayNs === runDelayNs && scanned.timeslices === timeslices
      );
    }),
  );
  t.pass('holds');
});

t.test('scans what it parses and refuses what it refuses', async (t) => {
  const outcome = (read: (text: string) => ThreadSchedstat, text: string): string => {
    try {
      const { runNs, runDelayNs, timeslices } = read(text);
      return `${runNs} ${runDelayNs} ${timeslices}`;
    } catch (error) {
      return error instanceof KernelTextError ? 'refused' : String(error);
    }
  };
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...Array.from('01239  x\n')), maxLength: 30 }), (text) => {
      return outcome(scan, text) === outcome((line) => parseThreadSchedstat(line, 'p'), text);
    }),
    { numRuns: 300 },
  );
  t.pass('holds');
});

import t from 'tap';
import { parseProcSchedstat } from '../../kernel/proc-schedstat.ts';
import { refusalOf } from '../support/refusal.ts';

const cpu0 = 'cpu0 0 0 28135 8432 10583 5233 4285421316 1273913327 19651\n';
const cpu3 = 'cpu3 7 0 28135 8432 10583 5233 63113904000000001 16156800000000000123 6311390400\n';

const runqueues = [
  { cpu: 0, runNs: 4285421316n, waitNs: 1273913327n, timeslices: 19651n },
  { cpu: 3, runNs: 63113904000000001n, waitNs: 16156800000000000123n, timeslices: 6311390400n },
];

t.test('parses the known versions, whose domain lines differ', async (t) => {
  const rows: [version: number, domain: string][] = [
    [15, 'domain0 3 1067 957 67 118 50 5 0 957 3 2 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n'],
    [16, 'domain0 00000003 1067 957 67 118 50 5 0 957 3 2 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n'],
    [17, 'domain0 MC 00000003 1067 957 67 118 0 0 0 50 5 0 957 3 2 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n'],
  ];
  for (const [version, domain] of rows) {
    const text = `version ${version}\ntimestamp 4295016288\n${cpu0}${domain}${cpu3}${domain}`;
    t.strictSame(parseProcSchedstat(text, 'p'), { version, runqueues }, `version ${version}`);
  }
  t.strictSame(parseProcSchedstat('version 15\ntimestamp 1\n', 'p'), { version: 15, runqueues: [] });
});

t.test('refuses other versions and shapes', async (t) => {
  const versions = '"version N" with N one of 15, 16, 17';
  const columns = '"cpuN" and nine numbers';
  const rows: [text: string, line: number, expected: string, found: string][] = [
    ['', 1, 'a line "version NUMBER"', 'end of text'],
    ['version 14\n', 1, versions, 'version 14'],
    ['version 18\n', 1, versions, 'version 18'],
    ['version 015\n', 1, versions, 'version 015'],
    [cpu0, 1, versions, cpu0.trimEnd()],
    ['version 15\ncpu0 1 2 3\n', 2, columns, 'cpu0 1 2 3'],
    ['version 15\ncpu0 1 2 3 4 5 6 7 8 9 10\n', 2, columns, 'cpu0 1 2 3 4 5 6 7 8 9 10'],
    ['version 15\ncpu0 1 2 3 4 5 6 7 x 9\n', 2, 'an unsigned 64-bit number', 'x'],
    ['version 15\ncpu99999 1 2 3 4 5 6 7 8 9\n', 2, 'a whole number from 0 to 65535', '99999'],
  ];
  for (const [text, line, expected, found] of rows) {
    t.strictSame(
      refusalOf(() => parseProcSchedstat(text, 'p')),
      { path: 'p', line, expected, found },
      JSON.stringify(text),
    );
  }
});

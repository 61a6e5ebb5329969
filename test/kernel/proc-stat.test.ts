import t from 'tap';
import { parseProcStat } from '../../kernel/proc-stat.ts';
import type { CpuTimes } from '../../kernel/sample.ts';
import { refusalOf } from '../support/refusal.ts';

const tail = `intr 548542 ${'0 '.repeat(20_000)}7\nctxt 1078445\nbtime 1795307431\nprocesses 5919\n`;
const text =
  'cpu  9505 0 2455 215902 542 0 150 2229 0 0\n' +
  'cpu0 4847 0 1224 107797 367 0 55 1066 0 0\n' +
  `cpu2 4658 3 1230 108104 175 9 95 1163 12 1\n${tail}`;

/** Ticks of 10 ms in the order of the columns. */
function times(cpu: number, ticks: readonly bigint[]): CpuTimes {
  const ns = (column: number): bigint => (ticks[column] ?? 0n) * 10_000_000n;
  return {
    cpu,
    userNs: ns(0),
    niceNs: ns(1),
    systemNs: ns(2),
    idleNs: ns(3),
    iowaitNs: ns(4),
    irqNs: ns(5),
    softirqNs: ns(6),
    stealNs: ns(7),
  };
}

t.test('parses the times of every CPU, and when the host booted', async (t) => {
  t.strictSame(parseProcStat(text, 'p'), {
    cpus: [
      times(0, [4847n, 0n, 1224n, 107797n, 367n, 0n, 55n, 1066n]),
      times(2, [4658n, 3n, 1230n, 108104n, 175n, 9n, 95n, 1163n]),
    ],
    bootTimeSeconds: 1795307431,
  });
});

t.test('parses what other kernels print', async (t) => {
  const rows: [name: string, line: string, expected: CpuTimes][] = [
    ['Linux 2.4', 'cpu0 1 2 3 4', times(0, [1n, 2n, 3n, 4n])],
    ['Linux 2.6.0', 'cpu0 1 2 3 4 5 6 7', times(0, [1n, 2n, 3n, 4n, 5n, 6n, 7n])],
    ['a later kernel', 'cpu0 1 2 3 4 5 6 7 8 9 10 11 x', times(0, [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n])],
    ['two years', 'cpu0 6307200000 0 0 1', times(0, [6307200000n, 0n, 0n, 1n])],
    ['beyond 2^53 ns', 'cpu0 900719925474099301 0 0 1', times(0, [900719925474099301n, 0n, 0n, 1n])],
  ];
  for (const [name, line, expected] of rows) {
    t.strictSame(parseProcStat(`cpu  1 2 3 4\n${line}\n`, 'p'), { cpus: [expected] }, name);
  }
});

t.test('reads CPUs from the head of the file only', async (t) => {
  const { cpus } = parseProcStat('cpu0 1 2 3 4\nintr 5\ncpu1 x\n', 'p');
  t.strictSame(cpus, [times(0, [1n, 2n, 3n, 4n])]);
});

t.test('refuses other shapes', async (t) => {
  const rows: [text: string, line: number, expected: string, found: string][] = [
    ['', 1, 'a line "cpuN USER NICE SYSTEM IDLE ..."', 'end of text'],
    ['cpu  1 2 3 4\nbtime 5\n', 3, 'a line "cpuN USER NICE SYSTEM IDLE ..."', 'end of text'],
    ['cpu  1 2 3 4\ncpu0 1 2 3\n', 2, '"cpuN" and at least four numbers', 'cpu0 1 2 3'],
    ['cpu0 1 2 -3 4\n', 1, 'an unsigned 64-bit number', '-3'],
    ['cpu0 1 2 3  4\n', 1, 'an unsigned 64-bit number', ''],
    ['cpu65536 1 2 3 4\n', 1, 'a whole number from 0 to 65535', '65536'],
    ['cpu0 1 2 3 4\nintr 5\nbtime soon\n', 3, 'a whole number from 0 to 9007199254740991', 'soon'],
  ];
  for (const [text, line, expected, found] of rows) {
    t.strictSame(
      refusalOf(() => parseProcStat(text, '/proc/stat')),
      { path: '/proc/stat', line, expected, found },
      JSON.stringify(text),
    );
  }
});

import t from 'tap';
import {
  cpuSetDifference,
  cpuSetEquals,
  cpuSetHas,
  cpuSetIntersection,
  cpuSetIsSubset,
  cpuSetOf,
  cpuSetSize,
  cpuSetUnion,
  emptyCpuSet,
  formatCpuSet,
  parseCpuSet,
} from '../../kernel/cpu-set.ts';
import { arbitraryCpuSet } from '../support/arbitrary-sample.ts';
import { fc } from '../support/properties.ts';
import { refusalOf } from '../support/refusal.ts';

t.test('parses what the kernel prints', async (t) => {
  const rows: [text: string, cpus: number[]][] = [
    ['', []],
    ['\n', []],
    ['0', [0]],
    ['0\n', [0]],
    ['0-1\n', [0, 1]],
    ['0-3,8,10-11\n', [0, 1, 2, 3, 8, 10, 11]],
    ['65535', [65535]],
    ['0,1,2', [0, 1, 2]],
    ['5-5', [5]],
  ];
  for (const [text, cpus] of rows) t.strictSame(parseCpuSet(text), { cpus }, JSON.stringify(text));
});

t.test('refuses everything else', async (t) => {
  const cpu = 'a whole number from 0 to 65535';
  const rows: [text: string, expected: string, found: string][] = [
    [' ', cpu, ' '],
    ['\n\n', cpu, '\n'],
    ['0-1\r\n', 'a whole number from 0 to 65535', '1\r'],
    ['0, 1', cpu, ' 1'],
    ['0,', cpu, ''],
    [',0', cpu, ''],
    ['-1', cpu, ''],
    ['1-', 'a whole number from 1 to 65535', ''],
    ['3-1', 'a whole number from 3 to 65535', '1'],
    ['0-1-2', cpu, '1-2'],
    ['0-8:2/4', cpu, '8:2/4'],
    ['0-N', cpu, 'N'],
    ['all', cpu, 'all'],
    ['  (null)\n', cpu, '  (null)'],
    ['1,1', 'a CPU above 1', '1'],
    ['0-3,2-5', 'a CPU above 3', '2-5'],
    ['4,2', 'a CPU above 4', '2'],
    ['0-4294967295', cpu, '4294967295'],
    ['65536', cpu, '65536'],
    ['f', cpu, 'f'],
  ];
  for (const [text, expected, found] of rows) {
    t.strictSame(
      refusalOf(() => parseCpuSet(text, 'p')),
      { path: 'p', line: 1, expected, found },
      JSON.stringify(text),
    );
  }
  t.equal(refusalOf(() => parseCpuSet('x')).path, 'cpu list');
});

t.test('formats as the kernel does', async (t) => {
  const rows: [cpus: number[], text: string][] = [
    [[], ''],
    [[7], '7'],
    [[0, 1], '0-1'],
    [[3, 1, 0, 1, 8], '0-1,3,8'],
    [[0, 2, 4], '0,2,4'],
  ];
  for (const [cpus, text] of rows) t.equal(formatCpuSet(cpuSetOf(cpus)), text);
});

t.test('makes sets of CPU numbers only', async (t) => {
  for (const cpu of [-1, 0.5, NaN, Infinity, 65_536]) t.throws(() => cpuSetOf([0, cpu]), RangeError);
});

t.test('format and parse are inverse', async (t) => {
  fc.assert(fc.property(arbitraryCpuSet, (set) => cpuSetEquals(parseCpuSet(formatCpuSet(set)), set)));
  t.pass('holds');
});

t.test('what parses is in order, without repeats, and formats to a text that parses alike', async (t) => {
  const list = fc.string({ unit: fc.constantFrom(...Array.from('0123459,-')), maxLength: 12 });
  fc.assert(
    fc.property(list, (text) => {
      let set;
      try {
        set = parseCpuSet(text);
      } catch {
        return true;
      }
      return cpuSetEquals(set, cpuSetOf(set.cpus)) && cpuSetEquals(set, parseCpuSet(formatCpuSet(set)));
    }),
  );
  t.pass('holds');
});

t.test('agrees with sets', async (t) => {
  fc.assert(
    fc.property(arbitraryCpuSet, arbitraryCpuSet, fc.nat(12), (a, b, cpu) => {
      const [inA, inB] = [new Set(a.cpus), new Set(b.cpus)];
      return (
        cpuSetEquals(cpuSetUnion(a, b), cpuSetOf([...inA, ...inB])) &&
        cpuSetEquals(cpuSetIntersection(a, b), cpuSetOf(a.cpus.filter((one) => inB.has(one)))) &&
        cpuSetEquals(cpuSetDifference(a, b), cpuSetOf(a.cpus.filter((one) => !inB.has(one)))) &&
        cpuSetIsSubset(a, b) === a.cpus.every((one) => inB.has(one)) &&
        cpuSetHas(a, cpu) === inA.has(cpu) &&
        cpuSetSize(a) === inA.size
      );
    }),
  );
  t.pass('holds');
});

t.test('obeys the laws of sets', async (t) => {
  fc.assert(
    fc.property(arbitraryCpuSet, arbitraryCpuSet, arbitraryCpuSet, (a, b, c) => {
      const union = cpuSetUnion;
      const both = cpuSetIntersection;
      const minus = cpuSetDifference;
      return (
        cpuSetEquals(union(a, b), union(b, a)) &&
        cpuSetEquals(both(a, b), both(b, a)) &&
        cpuSetEquals(union(union(a, b), c), union(a, union(b, c))) &&
        cpuSetEquals(both(both(a, b), c), both(a, both(b, c))) &&
        cpuSetEquals(both(a, union(b, c)), union(both(a, b), both(a, c))) &&
        cpuSetEquals(union(minus(a, b), both(a, b)), a) &&
        cpuSetEquals(minus(a, union(b, c)), both(minus(a, b), minus(a, c))) &&
        cpuSetEquals(both(minus(a, b), b), emptyCpuSet) &&
        cpuSetIsSubset(both(a, b), a) &&
        cpuSetIsSubset(a, union(a, b)) &&
        cpuSetEquals(a, b) === (cpuSetIsSubset(a, b) && cpuSetIsSubset(b, a))
      );
    }),
  );
  t.pass('holds');
});

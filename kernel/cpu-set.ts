/**
 * A set of logical CPUs. Its text form is the kernel's list format: `0-3,8,10-11`, with the empty string for the
 * empty set (`cpuset.cpus.effective`, `/sys/devices/system/cpu/online`; Documentation/admin-guide/kernel-parameters,
 * "cpu lists"). Values are immutable; ids ascend and are unique.
 */
import { parseWhole } from './decimal.ts';
import { KernelTextError } from './kernel-text-error.ts';
import { onlyLine } from './lines.ts';

export interface CpuSet {
  /** Ascending, unique CPU numbers. */
  readonly cpus: readonly number[];
}

/** Greatest CPU number that is believed; the largest NR_CPUS that Linux can be built with is 8192. */
export const greatestCpu = 65_535;

export const emptyCpuSet: CpuSet = { cpus: [] };

/**
 * Parses the list format as the kernel prints it: ascending, no CPU twice, no strides. A trailing newline is accepted,
 * and text without any CPU is the empty set. Throws KernelTextError.
 */
export function parseCpuSet(text: string, path = 'cpu list'): CpuSet {
  const list = onlyLine(text);
  if (list === '') return emptyCpuSet;
  const cpus: number[] = [];
  for (const range of list.split(',')) {
    const [first, last] = parseRange(range, path);
    const previous = cpus.at(-1) ?? -1;
    if (first <= previous) throw new KernelTextError(path, 1, `a CPU above ${previous}`, range);
    for (let cpu = first; cpu <= last; cpu += 1) cpus.push(cpu);
  }
  return { cpus };
}

function parseRange(range: string, path: string): readonly [first: number, last: number] {
  const dash = range.indexOf('-');
  const first = parseWhole(dash < 0 ? range : range.slice(0, dash), path, 1, 0, greatestCpu);
  return [first, dash < 0 ? first : parseWhole(range.slice(dash + 1), path, 1, first, greatestCpu)];
}

/** The kernel's list format, without newline: `0-3,8`. */
export function formatCpuSet(set: CpuSet): string {
  const ranges: string[] = [];
  for (let from = 0; from < set.cpus.length;) {
    let to = from;
    while (set.cpus[to + 1] === (set.cpus[to] ?? 0) + 1) to += 1;
    ranges.push(from === to ? `${set.cpus[from]}` : `${set.cpus[from]}-${set.cpus[to]}`);
    from = to + 1;
  }
  return ranges.join(',');
}

/** The set of these CPU numbers, in any order, repeats allowed. Throws RangeError on what is not a CPU number. */
export function cpuSetOf(cpus: Iterable<number>): CpuSet {
  const unique = [...new Set(cpus)].sort((a, b) => a - b);
  const wrong = unique.find((cpu) => !Number.isInteger(cpu) || cpu < 0 || cpu > greatestCpu);
  if (wrong !== undefined) throw new RangeError(`${wrong} is not a CPU number from 0 to ${greatestCpu}`);
  return { cpus: unique };
}

export function cpuSetSize(set: CpuSet): number {
  return set.cpus.length;
}

export function cpuSetHas(set: CpuSet, cpu: number): boolean {
  let low = 0;
  let high = set.cpus.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((set.cpus[middle] ?? Infinity) < cpu) low = middle + 1;
    else high = middle;
  }
  return set.cpus[low] === cpu;
}

export function cpuSetUnion(a: CpuSet, b: CpuSet): CpuSet {
  return cpuSetOf([...a.cpus, ...b.cpus]);
}

export function cpuSetIntersection(a: CpuSet, b: CpuSet): CpuSet {
  return { cpus: a.cpus.filter((cpu) => cpuSetHas(b, cpu)) };
}

/** The CPUs of `a` that are not in `b`. */
export function cpuSetDifference(a: CpuSet, b: CpuSet): CpuSet {
  return { cpus: a.cpus.filter((cpu) => !cpuSetHas(b, cpu)) };
}

export function cpuSetEquals(a: CpuSet, b: CpuSet): boolean {
  if (a === b) return true;
  if (a.cpus.length !== b.cpus.length) return false;
  for (let i = 0; i < a.cpus.length; i += 1) if (a.cpus[i] !== b.cpus[i]) return false;
  return true;
}

/** True when every CPU of `a` is in `b`. */
export function cpuSetIsSubset(a: CpuSet, b: CpuSet): boolean {
  return a.cpus.every((cpu) => cpuSetHas(b, cpu));
}

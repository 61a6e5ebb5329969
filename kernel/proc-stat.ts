/**
 * /proc/stat (Documentation/filesystems/proc.rst, "Miscellaneous kernel statistics in /proc/stat"). Times are in
 * USER_HZ ticks: 100 per second on every architecture that Node runs on, so 10 ms each. guest and guest_nice are
 * inside user and nice already and are not read. Offline CPUs have no line.
 *
 *     cpu  9505 0 2455 215902 542 0 150 2229 0 0
 *     cpu0 4847 0 1224 107797 367 0 55 1066 0 0
 *     cpu1 4658 0 1230 108104 175 0 95 1163 0 0
 *     intr 548542 0 0 0 ...
 *     ctxt 1078445
 *     btime 1795307431
 *
 * Columns: user nice system idle, from Linux 2.6.0 iowait irq softirq, from 2.6.11 steal, then guest guest_nice.
 */
import { greatestCpu } from './cpu-set.ts';
import { parseCounter, parseWhole } from './decimal.ts';
import { KernelTextError } from './kernel-text-error.ts';
import { eachLine, lineEnd, lineNumberAt, lineStarting, missingLine } from './lines.ts';
import type { CpuTimes } from './sample.ts';

export interface ProcStat {
  /** Per online CPU, in the file's order, which ascends. */
  readonly cpus: CpuTimes[];
  /** When the host booted, seconds since the epoch. */
  readonly bootTimeSeconds?: number;
}

const nsPerTick = 10_000_000n;
const cpuLine = /^cpu([0-9]+) /;
const bootTimeLine = 'btime ';

/** Parses the CPU lines, which come first and at least one of which must be there, and btime. Throws KernelTextError. */
export function parseProcStat(text: string, path: string): ProcStat {
  const cpus: CpuTimes[] = [];
  eachLine(text, (line, lineNumber) => {
    if (!line.startsWith('cpu')) return 'stop';
    const cpu = cpuLine.exec(line)?.[1];
    if (cpu !== undefined) cpus.push(parseCpuTimes(cpu, line, path, lineNumber));
    return undefined;
  });
  if (cpus.length === 0) throw missingLine('a line "cpuN USER NICE SYSTEM IDLE ..."', text, path);
  const bootTimeSeconds = parseBootTime(text, path);
  return { cpus, ...(bootTimeSeconds !== undefined && { bootTimeSeconds }) };
}

/** Finds the line by its name: the interrupt lines before it can be tens of kilobytes long. */
function parseBootTime(text: string, path: string): number | undefined {
  const start = lineStarting(text, bootTimeLine);
  if (start < 0) return undefined;
  const field = text.slice(start + bootTimeLine.length, lineEnd(text, start));
  return parseWhole(field, path, lineNumberAt(text, start));
}

function parseCpuTimes(cpu: string, line: string, path: string, lineNumber: number): CpuTimes {
  const fields = line.split(' ', 9);
  if (fields.length < 5)
    throw new KernelTextError(path, lineNumber, '"cpuN" and at least four numbers', line);
  const ns = (column: number): bigint => parseCounter(fields[column] ?? '0', path, lineNumber) * nsPerTick;
  return {
    cpu: parseWhole(cpu, path, lineNumber, 0, greatestCpu),
    userNs: ns(1),
    niceNs: ns(2),
    systemNs: ns(3),
    idleNs: ns(4),
    iowaitNs: ns(5),
    irqNs: ns(6),
    softirqNs: ns(7),
    stealNs: ns(8),
  };
}

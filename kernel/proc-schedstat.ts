/**
 * /proc/schedstat (Documentation/scheduler/sched-stats.rst; needs CONFIG_SCHEDSTATS). Of nine columns per CPU the last
 * three are read: time that tasks ran and waited on this CPU, nanoseconds, and timeslices. They are the same in
 * versions 15, 16 (Linux 6.12) and 17, which differ in the `domain` lines.
 *
 *     version 15
 *     timestamp 4295016288
 *     cpu0 0 0 28135 8432 10583 5233 4285421316 1273913327 19651
 *     domain0 3 1067 957 67 118 50 5 0 957 ...
 */
import { parseCounter, parseWhole } from './decimal.ts';
import { greatestCpu } from './cpu-set.ts';
import { KernelTextError } from './kernel-text-error.ts';
import { eachLine, missingLine } from './lines.ts';
import type { RunqueueTimes } from './sample.ts';

export interface ProcSchedstat {
  readonly version: number;
  /** One per online CPU, in the file's order, which ascends. */
  readonly runqueues: RunqueueTimes[];
}

const knownVersions = [15, 16, 17];
const cpuLine = /^cpu([0-9]+) /;

/** Parses /proc/schedstat. Throws KernelTextError, also on a version that is not known. */
export function parseProcSchedstat(text: string, path: string): ProcSchedstat {
  let version: number | undefined;
  const runqueues: RunqueueTimes[] = [];
  eachLine(text, (line, lineNumber) => {
    version ??= parseVersion(line, path, lineNumber);
    const cpu = cpuLine.exec(line)?.[1];
    if (cpu !== undefined) runqueues.push(parseRunqueue(cpu, line, path, lineNumber));
    return undefined;
  });
  if (version === undefined) throw missingLine('a line "version NUMBER"', text, path);
  return { version, runqueues };
}

function parseVersion(line: string, path: string, lineNumber: number): number {
  const version = knownVersions.find((known) => line === `version ${known}`);
  if (version !== undefined) return version;
  throw new KernelTextError(path, lineNumber, `"version N" with N one of ${knownVersions.join(', ')}`, line);
}

function parseRunqueue(cpu: string, line: string, path: string, lineNumber: number): RunqueueTimes {
  const fields = line.split(' ', 11);
  const [run, wait, timeslices] = fields.slice(7);
  if (fields.length !== 10 || run === undefined || wait === undefined || timeslices === undefined) {
    throw new KernelTextError(path, lineNumber, '"cpuN" and nine numbers', line);
  }
  return {
    cpu: parseWhole(cpu, path, lineNumber, 0, greatestCpu),
    runNs: parseCounter(run, path, lineNumber),
    waitNs: parseCounter(wait, path, lineNumber),
    timeslices: parseCounter(timeslices, path, lineNumber),
  };
}

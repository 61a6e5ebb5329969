/**
 * /proc/<pid>/cgroup (man 7 cgroups): where a process is in every hierarchy, `ID:CONTROLLERS:PATH`. The unified
 * hierarchy is number 0 with no controllers. Paths may hold colons but no newline, are seen from the reader's cgroup
 * namespace (`/..` is above its root), and end in ` (deleted)` when the directory is gone.
 *
 *     9:name=systemd:/
 *     2:cpu,cpuacct:/user.slice
 *     0::/user.slice/session-2.scope
 */
import { parseWhole } from './decimal.ts';
import { KernelTextError } from './kernel-text-error.ts';
import { eachLine } from './lines.ts';

export interface ProcCgroupEntry {
  readonly hierarchyId: number;
  /** Empty for the unified hierarchy; a v1 hierarchy without controllers has its name: `name=systemd`. */
  readonly controllers: string[];
  /** Starts with `/`. */
  readonly path: string;
}

/** Parses /proc/<pid>/cgroup. Throws KernelTextError. */
export function parseProcCgroup(text: string, path: string): ProcCgroupEntry[] {
  const entries: ProcCgroupEntry[] = [];
  eachLine(text, (line, lineNumber) => {
    entries.push(parseEntry(line, path, lineNumber));
    return undefined;
  });
  return entries;
}

function parseEntry(line: string, path: string, lineNumber: number): ProcCgroupEntry {
  const first = line.indexOf(':');
  const second = line.indexOf(':', first + 1);
  if (first < 0 || second < 0 || line[second + 1] !== '/')
    throw new KernelTextError(path, lineNumber, '"ID:CONTROLLERS:/PATH"', line);
  const controllers = line.slice(first + 1, second);
  return {
    hierarchyId: parseWhole(line.slice(0, first), path, lineNumber),
    controllers: controllers === '' ? [] : controllers.split(','),
    path: line.slice(second + 1),
  };
}

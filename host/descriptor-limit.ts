/** How many descriptors the readers may keep. */
import { readFileSync } from 'node:fs';

/** Left to the rest of the process: its server, its recording, its modules. */
const slack = 256;
/** 35 MB of kernel memory: see pseudo-file.ts. */
const most = 8192;

/** RLIMIT_NOFILE of this process minus slack, at most 8192. */
export function defaultDescriptorLimit(readLimits: () => string = readOwnLimits): number {
  const soft = Number(/^Max open files +([0-9]+)/m.exec(readLimits())?.[1] ?? 1024);
  return Math.min(most, Math.max(Math.floor(soft / 2), soft - slack));
}

function readOwnLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return ''; // not Linux, or no /proc: the default of 1024 applies
  }
}

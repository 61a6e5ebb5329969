/**
 * v1 `cpuacct.usage` and `cpuacct.usage_percpu` (Documentation/admin-guide/cgroup-v1/cpuacct.rst): cumulative
 * nanoseconds of the cgroup and its descendants.
 *
 *     123146997343
 *
 *     62384813546 60763583652 <- one per possible CPU, each followed by a space
 */
import { parseCounter } from './decimal.ts';
import { onlyLine } from './lines.ts';

/** Parses `cpuacct.usage`, nanoseconds. Throws KernelTextError. */
export function parseCpuacctUsage(text: string, path: string): bigint {
  return parseCounter(onlyLine(text), path, 1);
}

/** Parses `cpuacct.usage_percpu`: entry i is CPU i, nanoseconds. Throws KernelTextError. */
export function parseCpuacctUsagePercpu(text: string, path: string): bigint[] {
  const line = onlyLine(text);
  const fields = (line.endsWith(' ') ? line.slice(0, -1) : line).split(' ');
  return fields.map((field) => parseCounter(field, path, 1));
}

/**
 * `cpu.pressure` of a cgroup and /proc/pressure/cpu (Documentation/accounting/psi.rst). Totals are microseconds;
 * the `full` line is there from Linux 5.13 on. The averages are not read: they are derived, and late.
 *
 *     some avg10=0.03 avg60=0.54 avg300=0.67 total=11651565
 *     full avg10=0.00 avg60=0.00 avg300=0.00 total=0
 */
import { counterOf, notACounter } from './decimal.ts';
import { KernelTextError } from './kernel-text-error.ts';
import { lineEnd, lineNumberAt, lineStarting, missingLine } from './lines.ts';
import type { Pressure } from './sample.ts';

/** Parses a pressure file; the `some` line must be there. Throws KernelTextError. */
export function parsePressure(text: string, path: string): Pressure {
  const someNs = totalNs(text, path, 'some');
  const fullNs = totalNs(text, path, 'full');
  if (someNs === undefined) throw missingLine('a line "some ... total=NUMBER"', text, path);
  return { someNs, ...(fullNs !== undefined && { fullNs }) };
}

const total = ' total=';

/** The total of the line that starts with `name`, or undefined without such a line. */
function totalNs(text: string, path: string, name: string): bigint | undefined {
  const start = lineStarting(text, `${name} `);
  if (start < 0) return undefined;
  const line = text.slice(start, lineEnd(text, start));
  const at = line.indexOf(total);
  if (at < 0) throw new KernelTextError(path, lineNumberAt(text, start), 'total=NUMBER', line);
  const [field = ''] = line.slice(at + total.length).split(' ', 1);
  const usec = counterOf(field);
  if (usec === undefined) throw notACounter(field, path, lineNumberAt(text, start));
  return usec * 1000n;
}

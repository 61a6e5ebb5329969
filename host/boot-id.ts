/** Which boot of the machine this is: cgroups, and what was written to them, do not outlive it. */
import { nodeFileCalls, type FileCalls } from './file-calls.ts';
import { probedText, readProbe } from './probe.ts';

/** The id, as in /proc/sys/kernel/random/boot_id; undefined where it cannot be read. */
export function readBootId(proc: string, calls: FileCalls = nodeFileCalls): string | undefined {
  const text = probedText(readProbe(`${proc}/sys/kernel/random/boot_id`, calls));
  return text === undefined || text === '' ? undefined : text;
}

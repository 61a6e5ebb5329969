/** A program: becomes nobody, reads the pinned files of the folder in its argument, and prints what it read. */
import { readFileSync } from 'node:fs';
import { ExactReader } from '../../host/exact-reader.ts';

const [folder = ''] = process.argv.slice(2);
process.setgroups?.([]);
process.setgid?.(65534);
process.setuid?.(65534);
const capabilities = /^CapEff:\s*(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
const reading = new ExactReader({ folder }).read();
console.log(
  JSON.stringify({
    uid: process.getuid?.(),
    capabilities,
    kind: reading.kind,
    cgroups: reading.kind === 'counted' ? reading.counters.size : 0,
    reason: reading.kind === 'none' ? reading.reason : undefined,
  }),
);

/**
 * A program: becomes nobody and runs the real agent with the words it was given. What it is then allowed is its first line
 * of output.
 */
import { readFileSync } from 'node:fs';
import { parseAgentConfig } from '../../agent/config.ts';
import { runAgent } from '../../agent/main.ts';

const [pins = '', reservations = '', listen = '', runq = 'auto'] = process.argv.slice(2);
process.setgroups?.([]);
process.setgid?.(65534);
process.setuid?.(65534);
const capabilities = /^CapEff:\s*(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
process.stdout.write(`${JSON.stringify({ uid: process.getuid?.(), capabilities })}\n`);
const abort = new AbortController();
process.once('SIGTERM', () => {
  abort.abort();
});
const flags = { bpfPins: pins, reservations, listen, runq, interval: '500ms', cpuBudget: 'max' };
await runAgent(parseAgentConfig(flags, {}, 'test-node'), abort.signal, '0.0.0');

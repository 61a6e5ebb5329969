/**
 * The load generator as a program of its own: `node program.ts SPEC`, a GeneratorSpec as JSON. It connects, stores the
 * keys, says `ready`, and waits for the line `start`. It ends with standard input: however its parent died, no load stays.
 */
import { argv, cpuUsage, exit, hrtime, stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { newCounts, record, sparse } from '../statistics/histogram.ts';
import { Connections } from './connections.ts';
import type { GeneratorMessage, GeneratorSpec } from './message.ts';
import { protocolOf } from './protocols/catalog.ts';
import type { Protocol } from './protocols/protocol.ts';
import { makeRealTime } from './real-time.ts';
import type { SendStart } from './send-thread.ts';
import { mark, mostOnTheWay, newLoadMemory, type LoadMemory } from './shared-memory.ts';

/** From the line `start` to the first intended send: the sending thread must be up by then. */
const leadNs = 300_000_000n;
const longestDrainMs = 3000;

function say(message: GeneratorMessage): void {
  stdout.write(`${JSON.stringify(message)}\n`);
}

/** Resolves when the sending thread has sent everything. */
async function sendAll(start: SendStart): Promise<void> {
  const file = import.meta.url.endsWith('.ts') ? './send-thread.ts' : './send-thread.js';
  const worker = new Worker(new URL(file, import.meta.url), { workerData: start });
  await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
}

const onTheWay = (memory: LoadMemory): number =>
  memory.sent.reduce((sum, sent, connection) => sum + sent - (memory.answered[connection] ?? 0), 0);

async function drain(memory: LoadMemory): Promise<void> {
  for (let waitedMs = 0; onTheWay(memory) > 0 && waitedMs < longestDrainMs; waitedMs += 20) await sleep(20);
}

async function load(spec: GeneratorSpec, protocol: Protocol, connections: Connections): Promise<void> {
  const memory = newLoadMemory(spec.connections);
  const latency = newCounts();
  const [fromNs, lengthNs] = [spec.warmUpSeconds * 1e9, spec.measureSeconds * 1e9];
  const startNs = hrtime.bigint() + leadNs;
  let answered = 0;
  const intendedOf = (connection: number, request: number): number =>
    memory.intendedNs[connection * mostOnTheWay + (request % mostOnTheWay)] ?? 0;
  connections.onResponses = (connection, count, atNs) => {
    const sinceStartNs = Number(atNs - startNs);
    for (let i = 0; i < count; i++) {
      const intendedNs = intendedOf(connection, Atomics.add(memory.answered, connection, 1));
      if (intendedNs < fromNs) continue;
      record(latency, sinceStartNs - intendedNs);
      answered += 1;
    }
  };
  const firstNs = startNs + BigInt(fromNs);
  say({ kind: 'measuring', fromNs: String(firstNs), toNs: String(firstNs + BigInt(lengthNs)) });
  const before = cpuUsage();
  const { requests } = protocol;
  await sendAll({ spec, memory, sockets: connections.descriptors, requests, startNs });
  const used = cpuUsage(before);
  await drain(memory);
  if (connections.failure) throw connections.failure;
  const [intended, unsent] = [memory.marks[mark.intended] ?? 0, memory.marks[mark.unsent] ?? 0];
  const unanswered = Math.max(0, intended - unsent - answered);
  // Whoever never answered is counted with how long it has waited at least: left out, an overloaded server looks fast.
  for (let i = 0; i < unanswered + unsent; i++) record(latency, longestDrainMs * 1e6);
  say({
    kind: 'result',
    intended,
    answered,
    unanswered,
    unsent,
    latency: sparse(latency),
    lateness: sparse(memory.lateness),
    cpuSeconds: (used.user + used.system) / 1e6,
    loadSeconds: spec.warmUpSeconds + spec.measureSeconds,
  });
}

async function main(): Promise<void> {
  const spec = JSON.parse(argv[2] ?? '{}') as GeneratorSpec;
  const protocol = protocolOf(spec.protocol, spec.seed);
  const connections = await Connections.open(spec.port, spec.connections, protocol);
  await connections.ask(protocol.prepare);
  const input = createInterface({ input: stdin });
  input.on('close', () => exit(0));
  input.on('line', () => {
    load(spec, protocol, connections).catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      exit(1);
    });
  });
  if (spec.realTime) makeRealTime(spec.realTime);
  say({ kind: 'ready' });
}

await main();

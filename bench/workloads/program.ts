/**
 * A workload as a program of its own: `node program.ts KIND THREADS [WORK_MS] [EVERY_MS]`.
 *
 * It says `ready` and waits, so that whoever started it can place it in a cgroup first. On standard input, the line
 * `prepare` creates the threads and `start` lets them go; `latency` asks how
 * late their work was done. It ends with standard input: however its parent died, no
 * load stays behind. Its main thread, and the helper threads that Node brings along, sleep but for one line of progress
 * every 250 ms.
 */
import { getPriority, setPriority } from 'node:os';
import { argv, exit, hrtime, stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { bucketCount, sparse } from '../statistics/histogram.ts';
import { workloads, type WorkloadKind } from './catalog.ts';
import type { WorkloadMessage } from './message.ts';
import type { ThreadStart } from './thread.ts';
import { slot, slotCount } from './thread-loop.ts';
import { calibrateIterationsPerMs, compileWork, instantiateWork } from './work.ts';

const progressEveryMs = 250;
const nowNs = () => hrtime.bigint();

function say(message: WorkloadMessage): void {
  stdout.write(`${JSON.stringify(message)}\n`);
}

function sayProgress(shared: Int32Array): void {
  const completed = Atomics.load(shared, slot.completed);
  say({ kind: 'progress', monotonicNs: String(nowNs()), completed });
}

/** Resolves when all threads are up and wait at the gate. */
async function createThreads(start: Omit<ThreadStart, 'index'>): Promise<void> {
  const entry = new URL(import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js', import.meta.url);
  const threadsUp = Array.from({ length: start.parameters.threads }, (_, index) => {
    const worker = new Worker(entry, { workerData: { ...start, index } satisfies ThreadStart });
    return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  });
  await Promise.all(threadsUp);
  say({ kind: 'prepared' });
}

/** Everything is said first: once its threads run, this one may wait long for a CPU. */
function openGate(shared: Int32Array): void {
  sayProgress(shared);
  setInterval(sayProgress, progressEveryMs, shared);
  say({ kind: 'started' });
  Atomics.store(shared, slot.gate, 1);
  Atomics.notify(shared, slot.gate);
}

function parseKind(text: string | undefined): WorkloadKind {
  const kinds = Object.keys(workloads) as WorkloadKind[];
  const kind = kinds.find((known) => known === text);
  if (kind === undefined)
    throw new RangeError(`expected one of ${kinds.join(', ')}, found ${text ?? 'nothing'}`);
  return kind;
}

function main(): void {
  // Whoever started it may have raised its own priority.
  if (getPriority() < 0) setPriority(0);
  const [word, threads = '1', workMs = '1', everyMs = '100'] = argv.slice(2);
  const kind = parseKind(word);
  const workModule = compileWork();
  const start = {
    kind,
    parameters: { threads: Number(threads), workMs: Number(workMs), everyMs: Number(everyMs) },
    shared: new Int32Array(new SharedArrayBuffer(slotCount * Int32Array.BYTES_PER_ELEMENT)),
    latency: new Int32Array(new SharedArrayBuffer(bucketCount * Int32Array.BYTES_PER_ELEMENT)),
    workModule,
    iterationsPerMs: workloads[kind].isTimed
      ? calibrateIterationsPerMs(instantiateWork(workModule), nowNs)
      : 1,
  };
  const input = createInterface({ input: stdin });
  input.on('line', (line) => {
    if (line === 'prepare') void createThreads(start);
    if (line === 'start') openGate(start.shared);
    if (line === 'latency') say({ kind: 'latency', histogram: sparse(start.latency) });
  });
  input.on('close', () => exit(0));
  say({ kind: 'ready', iterationsPerMs: start.iterationsPerMs });
}

main();

/**
 * The thread that sends. Timers of Node's event loop have a resolution of a millisecond, longer than most of what is to
 * be measured; so this thread sleeps in Atomics.wait, which is exact to microseconds, and writes to the sockets itself.
 */
import { writeSync } from 'node:fs';
import { hrtime } from 'node:process';
import { workerData } from 'node:worker_threads';
import { record } from '../statistics/histogram.ts';
import { seededRandom } from '../statistics/random.ts';
import { intendedSends } from './arrivals.ts';
import type { GeneratorSpec } from './message.ts';
import { makeRealTime } from './real-time.ts';
import { mark, mostOnTheWay, type LoadMemory } from './shared-memory.ts';

export interface SendStart {
  readonly spec: GeneratorSpec;
  readonly memory: LoadMemory;
  /** Descriptors of the connected sockets. */
  readonly sockets: readonly number[];
  readonly requests: readonly Uint8Array[];
  /** CLOCK_MONOTONIC of the first intended send. */
  readonly startNs: bigint;
}

const { spec, memory, sockets, requests, startNs } = workerData as SendStart;
const fromNs = spec.warmUpSeconds * 1e9;
const endNs = fromNs + spec.measureSeconds * 1e9;
const blockedRetryMs = 0.2;
const sinceStartNs = (): number => Number(hrtime.bigint() - startNs);
const neverNotified = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Returns how late it is. */
function sleepUntil(atNs: number): number {
  for (;;) {
    const leftNs = atNs - sinceStartNs();
    if (leftNs <= 0) return -leftNs;
    Atomics.wait(neverNotified, 0, 0, leftNs / 1e6);
  }
}

/** False when the server takes no more. */
function send(connection: number, request: Uint8Array, intendedNs: number): boolean {
  const sent = memory.sent[connection] ?? 0;
  if (sent - Atomics.load(memory.answered, connection) >= mostOnTheWay) return false;
  memory.intendedNs[connection * mostOnTheWay + (sent % mostOnTheWay)] = intendedNs;
  Atomics.add(memory.sent, connection, 1);
  writeWhole(sockets[connection] ?? -1, request);
  return true;
}

/** A full socket buffer means that the server is behind: the wait is its own, and later requests keep their times. */
function writeWhole(socket: number, bytes: Uint8Array): void {
  for (let from = 0; from < bytes.length;) {
    try {
      from += writeSync(socket, bytes, from);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      blockedUntilNs = Infinity;
      Atomics.wait(neverNotified, 0, 0, blockedRetryMs);
    }
  }
  if (blockedUntilNs === Infinity) blockedUntilNs = sinceStartNs();
}

/** When the server last let go of this thread: it is late for what was due before that, and not by its own fault. */
let blockedUntilNs = 0;

// Before the receiving thread: a stalled server answers hundreds of requests at once, and those due meanwhile must go.
if (spec.realTime) makeRealTime({ ...spec.realTime, priority: spec.realTime.priority + 1 });
let turn = 0;
for (const intendedNs of intendedSends(spec.arrivals, spec.perSecond, seededRandom(spec.seed))) {
  if (intendedNs >= endNs) break;
  const lateNs = sleepUntil(intendedNs);
  const counts = intendedNs >= fromNs;
  if (counts) {
    record(memory.lateness, intendedNs < blockedUntilNs ? 0 : lateNs);
    Atomics.add(memory.marks, mark.intended, 1);
  }
  const request = requests[turn % requests.length] ?? new Uint8Array();
  if (!send(turn % sockets.length, request, intendedNs) && counts) Atomics.add(memory.marks, mark.unsent, 1);
  turn += 1;
}
Atomics.store(memory.marks, mark.done, 1);

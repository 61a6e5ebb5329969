/**
 * Reads the schedstat of a container's threads. A container's threads are those of its cgroup and of every cgroup
 * below it (Podman's `container`, a Slurm job's tasks). /proc/<tid>/schedstat speaks of that thread alone, also
 * where <tid> is not the leader of its process, although a listing of /proc does not show it.
 */
import type { CgroupNode } from './cgroup-tree.ts';
import type { Clock } from './clock.ts';
import type { CollectorTally } from './collector-tally.ts';
import { HostReadError } from './host-read-error.ts';
import type { PseudoFile, PseudoFilePool } from './pseudo-file.ts';
import type { ThreadFinder } from './thread-finder.ts';
import type { ThreadsSample } from '../kernel/sample.ts';
import { halvesOf } from '../kernel/counter-column.ts';
import { scanThreadSchedstat, type ThreadSchedstatColumns } from '../kernel/thread-schedstat.ts';

export interface ThreadReaderContext {
  readonly proc: string;
  readonly pool: PseudoFilePool;
  readonly clock: Clock;
  readonly tally: CollectorTally;
  readonly finder: ThreadFinder;
}

interface KnownThread {
  readonly file: PseudoFile;
  lastPass: number;
}

interface KnownContainer {
  readonly threads: Map<number, KnownThread>;
  lastPass: number;
}

/** Passes after which the threads of a container that nobody asks for are forgotten. */
const forgetPasses = 30;

export class ThreadReader {
  readonly #context: ThreadReaderContext;
  readonly #containers = new Map<CgroupNode, KnownContainer>();
  #pass = 0;

  constructor(context: ThreadReaderContext) {
    this.#context = context;
  }

  /** Forgets containers that were not asked for in a while, or are gone. */
  beginPass(): void {
    this.#pass += 1;
    this.#containers.forEach((known, node) => {
      if (node.isGone || known.lastPass < this.#pass - forgetPasses) this.#forget(node, known);
    });
  }

  /** The threads of a container, given its cgroup and all below it. Undefined when they could not be listed. */
  read(node: CgroupNode, withDescendants: readonly CgroupNode[]): ThreadsSample | undefined {
    const monotonicNs = this.#context.clock.monotonicNs();
    const tids = this.#context.finder.tidsOf(withDescendants);
    if (!tids) return undefined;
    const known = this.#containers.get(node) ?? { threads: new Map<number, KnownThread>(), lastPass: 0 };
    this.#containers.set(node, known);
    known.lastPass = this.#pass;
    const columns = emptyColumns(tids.length);
    let read = 0;
    let unread = 0;
    for (const tid of tids) {
      const outcome = tid === 0 ? 'unread' : this.#readThread(tid, known, columns, read);
      if (outcome === 'read') read += 1;
      else if (outcome === 'unread') unread += 1;
    }
    if (known.threads.size > read) this.#dropDead(known);
    return { monotonicNs, ...cut(columns, read), unread };
  }

  close(): void {
    for (const [node, known] of this.#containers) this.#forget(node, known);
  }

  #readThread(
    tid: number,
    known: KnownContainer,
    columns: Columns,
    index: number,
  ): 'read' | 'unread' | 'repeated' {
    const { pool, proc, tally } = this.#context;
    let thread = known.threads.get(tid);
    if (thread?.lastPass === this.#pass) return 'repeated';
    if (!thread) {
      thread = { file: pool.file(`${proc}/${tid}/schedstat`), lastPass: 0 };
      known.threads.set(tid, thread);
    }
    tally.countRead();
    try {
      const length = thread.file.readBytes();
      // Without the mark of this pass it is dropped below: the tid may come back as another thread.
      if (length === undefined) return 'unread';
      thread.lastPass = this.#pass;
      scanThreadSchedstat(pool.bytes, length, thread.file.path, columns.halves, index);
      columns.tids[index] = tid;
      return 'read';
    } catch (error) {
      if (error instanceof HostReadError && error.kind === 'denied') thread.lastPass = this.#pass;
      tally.fail(error);
      return 'unread';
    }
  }

  #dropDead({ threads }: KnownContainer): void {
    for (const [tid, thread] of threads) {
      if (thread.lastPass === this.#pass) continue;
      thread.file.close();
      threads.delete(tid);
    }
  }

  #forget(node: CgroupNode, { threads }: KnownContainer): void {
    for (const { file } of threads.values()) file.close();
    this.#containers.delete(node);
    this.#context.finder.forget(node);
  }
}

type ThreadColumns = Pick<ThreadsSample, 'tids' | 'runNs' | 'runDelayNs' | 'timeslices'>;

interface Columns extends ThreadColumns {
  /** The same memory, for writing. */
  readonly halves: ThreadSchedstatColumns;
}

/** One piece of memory for the four columns: four would cost more than reading a thread does. */
function emptyColumns(count: number): Columns {
  const memory = new ArrayBuffer(count * 28);
  const runNs = new BigUint64Array(memory, 0, count);
  const runDelayNs = new BigUint64Array(memory, count * 8, count);
  const timeslices = new BigUint64Array(memory, count * 16, count);
  return {
    tids: new Uint32Array(memory, count * 24, count),
    runNs,
    runDelayNs,
    timeslices,
    halves: {
      runNs: halvesOf(runNs),
      runDelayNs: halvesOf(runDelayNs),
      timeslices: halvesOf(timeslices),
    },
  };
}

function cut({ tids, runNs, runDelayNs, timeslices }: Columns, count: number): ThreadColumns {
  if (tids.length === count) return { tids, runNs, runDelayNs, timeslices };
  return {
    tids: tids.slice(0, count),
    runNs: runNs.slice(0, count),
    runDelayNs: runDelayNs.slice(0, count),
    timeslices: timeslices.slice(0, count),
  };
}

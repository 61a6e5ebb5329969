/** A workload as its parent sees it: start it, place it, let it run, read its progress, end it. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { SparseHistogram } from '../statistics/histogram.ts';
import type { WorkloadKind } from './catalog.ts';
import type { WorkloadMessage } from './message.ts';
import type { Progress } from './progress.ts';

export interface WorkloadSpec {
  readonly kind: WorkloadKind;
  readonly threads: number;
  readonly workMs?: number;
  readonly everyMs?: number;
}

const programFile = import.meta.url.endsWith('.ts') ? './program.ts' : './program.js';

export class WorkloadProcess {
  readonly pid: number;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #progress: Progress[] = [];
  readonly #seen = new Set<WorkloadMessage['kind']>();
  #latency: SparseHistogram = [];
  #complaint = '';
  #hasEnded = false;
  #wake: () => void = () => undefined;

  /** Resolves when the program is calibrated and waits: one thread, asleep. Throws when it cannot be started. */
  static async launch(spec: WorkloadSpec): Promise<WorkloadProcess> {
    const { kind, threads, workMs = 1, everyMs = 100 } = spec;
    const words = [fileURLToPath(new URL(programFile, import.meta.url)), kind, threads, workMs, everyMs].map(
      String,
    );
    // An empty environment: options for this process's Node are not meant for the workload's.
    const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'pipe'], env: {} });
    await once(child, 'spawn');
    const workload = new WorkloadProcess(child);
    await workload.#until('ready');
    return workload;
  }

  private constructor(child: ChildProcessByStdio<Writable, Readable, Readable>) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#take(JSON.parse(line) as WorkloadMessage);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#complaint += text));
    // It may end before it reads what is written to it.
    child.stdin.on('error', () => undefined);
    child.once('exit', () => {
      this.#hasEnded = true;
      this.#wake();
    });
  }

  /** Reports so far, oldest first; one each 250 ms. */
  get progress(): readonly Progress[] {
    return this.#progress;
  }

  /** Creates its threads; resolves when all of them are up and asleep. Place it in its cgroup before. */
  async prepare(): Promise<void> {
    this.#child.stdin.write('prepare\n');
    await this.#until('prepared');
  }

  /** Lets its threads go; resolves when they do. Prepare it before. */
  async start(): Promise<void> {
    this.#child.stdin.write('start\n');
    await this.#until('started');
  }

  /** Latencies of its pieces of work since it started; empty for workloads that are not due at a time. */
  async latency(): Promise<SparseHistogram> {
    this.#seen.delete('latency');
    this.#child.stdin.write('latency\n');
    await this.#until('latency');
    return this.#latency;
  }

  /** Kills it and resolves when the kernel has let go of it. */
  async end(): Promise<void> {
    if (this.#hasEnded) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  async #until(kind: WorkloadMessage['kind']): Promise<void> {
    while (!this.#seen.has(kind)) {
      if (this.#hasEnded)
        throw new Error(`the workload ended before it was ${kind}: ${this.#complaint.trim()}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #take(message: WorkloadMessage): void {
    if (message.kind === 'progress') {
      this.#progress.push({ monotonicNs: BigInt(message.monotonicNs), completed: message.completed });
    }
    if (message.kind === 'latency') this.#latency = message.histogram;
    this.#seen.add(message.kind);
    this.#wake();
  }
}

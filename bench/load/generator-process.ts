/** The load generator as its parent sees it. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { GeneratorMessage, GeneratorSpec, LoadResult } from './message.ts';

export interface LoadWindow {
  /** CLOCK_MONOTONIC */
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

/** Its two threads collect their garbage themselves: the threads of V8's pool have no such priority to hurry them. */
const nodeFlags = ['--single-threaded-gc'] as const;
/**
 * A real-time thread that never sleeps keeps everybody else from its CPU: the kernel ends this one after two seconds of that,
 * and whenever its parent ends.
 */
const leash = ['setpriv', '--pdeathsig', 'KILL', 'prlimit', '--rttime=2000000:2000000'] as const;
const patienceSeconds = 15;
const programFile = import.meta.url.endsWith('.ts') ? './program.ts' : './program.js';

export class GeneratorProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #said = new Map<GeneratorMessage['kind'], GeneratorMessage>();
  readonly #mostSilenceMs: number;
  #complaint = '';
  #hasEnded = false;
  #wake: () => void = () => undefined;

  /** Resolves when it is connected and the server holds the keys. `prefix` places it. Throws when it cannot connect. */
  static async launch(spec: GeneratorSpec, prefix: readonly string[]): Promise<GeneratorProcess> {
    const program = fileURLToPath(new URL(programFile, import.meta.url));
    const words = [...leash, ...prefix, process.execPath, ...nodeFlags, program, JSON.stringify(spec)];
    const child = spawn('/usr/bin/env', words, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
    });
    await once(child, 'spawn');
    const generator = new GeneratorProcess(child, spec.warmUpSeconds + spec.measureSeconds);
    try {
      await generator.#until('ready');
      return generator;
    } catch (error) {
      await generator.end();
      throw error;
    }
  }

  private constructor(child: ChildProcessByStdio<Writable, Readable, Readable>, loadSeconds: number) {
    this.#child = child;
    this.#mostSilenceMs = (loadSeconds + patienceSeconds) * 1000;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = JSON.parse(line) as GeneratorMessage;
      this.#said.set(message.kind, message);
      this.#wake();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#complaint += text));
    child.stdin.on('error', () => undefined);
    // Not `exit`: what it said last may still be on its way.
    child.once('close', () => {
      this.#hasEnded = true;
      this.#wake();
    });
  }

  /** Lets the load begin, and says which window will count. */
  async start(): Promise<LoadWindow> {
    this.#child.stdin.write('start\n');
    const message = await this.#until('measuring');
    if (message.kind !== 'measuring') throw new TypeError(message.kind);
    return { fromNs: BigInt(message.fromNs), toNs: BigInt(message.toNs) };
  }

  /** Resolves when the load has ended and what was on the way has been answered. Throws when a connection broke. */
  async result(): Promise<LoadResult> {
    const message = await this.#until('result');
    if (message.kind !== 'result') throw new TypeError(message.kind);
    return message;
  }

  async end(): Promise<void> {
    if (this.#hasEnded) return;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
  }

  /** Ends it should it say nothing for too long: it runs before everything else, and must not hold on to a CPU. */
  async #until(kind: GeneratorMessage['kind']): Promise<GeneratorMessage> {
    const watch = setTimeout(() => this.#child.kill('SIGKILL'), this.#mostSilenceMs);
    try {
      return await this.#next(kind);
    } finally {
      clearTimeout(watch);
    }
  }

  async #next(kind: GeneratorMessage['kind']): Promise<GeneratorMessage> {
    for (;;) {
      const message = this.#said.get(kind);
      if (message) return message;
      if (this.#hasEnded) throw new Error(`the load generator ended: ${this.#complaint.trim()}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

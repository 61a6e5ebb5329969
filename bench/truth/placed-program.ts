/** Any program, started inside a cgroup: its shell waits until it has been placed there. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import type { Writable } from 'node:stream';

/** It ends by itself should nobody be left to end it. */
const mostSeconds = 60;

export class PlacedProgram {
  readonly pid: number;
  readonly #child: ChildProcessByStdio<Writable, null, null>;

  static async launch(words: readonly string[]): Promise<PlacedProgram> {
    const script = `read go && exec timeout -s KILL ${mostSeconds} "$@"`;
    // A process group of its own, so that whatever it forks ends with it.
    const child = spawn('sh', ['-c', script, 'sh', ...words], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    await once(child, 'spawn');
    // Whoever started it may have raised its own priority.
    if (child.pid !== undefined) setPriority(child.pid, 0);
    return new PlacedProgram(child);
  }

  private constructor(child: ChildProcessByStdio<Writable, null, null>) {
    this.#child = child;
    this.pid = child.pid ?? 0;
  }

  start(): void {
    this.#child.stdin.write('go\n');
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    process.kill(-this.pid, 'SIGKILL');
    await exited;
  }
}

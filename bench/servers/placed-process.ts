/** A program of the distribution inside a cgroup: a shell waits until it has been placed there, and becomes it. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { createInterface } from 'node:readline';

/** Whoever starts it may have raised its own priority, which it would inherit. */
const script = 'read go && renice -n 0 -p $$ >/dev/null && exec "$@"';
const longestComplaint = 2000;

export class PlacedProcess {
  readonly pid: number;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #complaint = '';
  #hasEnded = false;

  /** It ends with this process, however that ends. `onLine` hears what it prints. */
  static async launch(
    words: readonly string[],
    place: (pid: number) => void,
    onLine: (line: string) => void = () => undefined,
  ): Promise<PlacedProcess> {
    // A process group of its own, so that whatever it forks ends with it.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'sh', '-c', script, 'sh', ...words], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    await once(child, 'spawn');
    const placed = new PlacedProcess(child, onLine);
    try {
      place(placed.pid);
    } catch (error) {
      await placed.end();
      throw error;
    }
    child.stdin.write('go\n');
    return placed;
  }

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, Readable>,
    onLine: (line: string) => void,
  ) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    createInterface({ input: child.stdout }).on('line', onLine);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = `${this.#complaint}${text}`.slice(-longestComplaint);
    });
    child.stdin.on('error', () => undefined);
    child.once('exit', () => (this.#hasEnded = true));
  }

  /** What it said on standard error, once it has ended; undefined while it runs. */
  get ending(): string | undefined {
    return this.#hasEnded ? this.#complaint.trim() || 'it said nothing' : undefined;
  }

  async end(): Promise<void> {
    if (this.#hasEnded) return;
    const exited = once(this.#child, 'exit');
    process.kill(-this.pid, 'SIGKILL');
    await exited;
  }
}

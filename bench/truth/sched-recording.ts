/**
 * Every event of the scheduler on the whole host, kept by the kernel in a trace instance of its own beside a measurement.
 * The buffers hold the whole window, so nothing runs for the recording while it records. Needs root and tracefs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { parseSchedEvent, type SchedEvent } from './sched-event.ts';

const tracefs = '/sys/kernel/tracing';
const prefix = 'cpugap-truth-';
const events = [
  'sched_switch',
  'sched_waking',
  'sched_wakeup',
  'sched_wakeup_new',
  'sched_migrate_task',
  'sched_process_fork',
];
/** Per CPU; a window of 3 s with 50,000 events a second needs a third of it. */
const bufferKilobytes = 32 * 1024;

export class SchedRecording {
  readonly #instance = `${tracefs}/instances/${prefix}${process.pid}`;

  /** Records when it returns. */
  constructor() {
    mkdirSync(this.#instance);
    try {
      this.#write('tracing_on', '0');
      this.#write('trace_clock', 'mono');
      this.#write('buffer_size_kb', String(bufferKilobytes));
      for (const event of events) this.#write(`events/sched/${event}/enable`, '1');
      this.#write('tracing_on', '1');
    } catch (error) {
      this.end();
      throw error;
    }
  }

  pause(): void {
    this.#write('tracing_on', '0');
  }

  /** What was recorded. Throws where events were lost: they are the truth or they are nothing. */
  async read(): Promise<readonly SchedEvent[]> {
    const lost = this.#countLost();
    if (lost > 0) throw new Error(`the recording lost ${lost} events`);
    const found: SchedEvent[] = [];
    const file = await open(`${this.#instance}/trace`);
    try {
      // In the order of their nanoseconds, of which the text does not show the last three digits.
      for await (const text of file.readLines({ autoClose: false })) {
        const event = parseSchedEvent(text);
        if (event) found.push(event);
      }
    } finally {
      // An instance that is read cannot be removed.
      await file.close();
    }
    return found;
  }

  end(): void {
    if (existsSync(this.#instance)) rmdirSync(this.#instance);
  }

  #countLost(): number {
    const folder = `${this.#instance}/per_cpu`;
    const texts = readdirSync(folder).map((cpu) => readFileSync(`${folder}/${cpu}/stats`, 'utf8'));
    const counts = texts.flatMap((text) => [
      ...text.matchAll(/^(?:overrun|commit overrun|dropped events): (\d+)$/gm),
    ]);
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  }

  #write(file: string, text: string): void {
    writeFileSync(`${this.#instance}/${file}`, text);
  }
}

/** Mounts tracefs where it is not, removes instances of dead processes, and returns what undoes the mount. */
export function mountTracefs(): () => void {
  const isMounted = readdirSync(tracefs).length > 0;
  if (!isMounted) {
    const { status, stderr } = spawnSync('mount', ['-t', 'tracefs', 'tracefs', tracefs], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`tracefs cannot be mounted: ${stderr.trim()}`);
  }
  for (const name of readdirSync(`${tracefs}/instances`)) {
    const isLeft = name.startsWith(prefix) && !existsSync(`/proc/${name.slice(prefix.length)}`);
    if (isLeft) rmdirSync(`${tracefs}/instances/${name}`);
  }
  return () => {
    // Somebody else may have begun to use the mount: then it stays.
    if (!isMounted) spawnSync('umount', [tracefs]);
  };
}

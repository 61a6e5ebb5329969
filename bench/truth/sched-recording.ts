/** Every event of the scheduler on the whole host, recorded by perf beside a measurement. Needs root and Linux's perf. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import type { Clock } from '../../host/clock.ts';
import { parseSchedEvent, type SchedEvent } from './sched-event.ts';

const tracefs = '/sys/kernel/tracing';
const events = [
  'sched_switch',
  'sched_wakeup',
  'sched_wakeup_new',
  'sched_migrate_task',
  'sched_process_fork',
];
/** After the file is there perf still has to open its events on every CPU. */
const settleMs = 300;
/** It ends by itself should nobody be left to end it. */
const mostSeconds = 60;

export class SchedRecording {
  readonly #file: string;
  readonly #perf: ChildProcess;
  #complaint = '';

  /** Resolves when it records. */
  static async start(file: string, clock: Clock): Promise<SchedRecording> {
    const recording = new SchedRecording(file);
    for (let tries = 0; !isThere(file); tries++) {
      if (tries > 100 || recording.#perf.exitCode !== null) {
        throw new Error(`perf record does not start: ${recording.#complaint.trim()}`);
      }
      await clock.sleep(50);
    }
    await clock.sleep(settleMs);
    return recording;
  }

  private constructor(file: string) {
    this.#file = file;
    const names = events.flatMap((event) => ['-e', `sched:${event}`]);
    const clock = ['-k', 'CLOCK_MONOTONIC'];
    const until = ['--', 'sleep', String(mostSeconds)];
    this.#perf = spawn('perf', ['record', '-o', file, '-a', ...clock, '-m', '4M', ...names, ...until], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    // It writes out what it recorded while the loads run.
    if (this.#perf.pid !== undefined) setPriority(this.#perf.pid, -19);
    this.#perf.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#complaint += text));
    this.#perf.on('error', (error) => (this.#complaint += error.message));
  }

  /** Ends the recording and reads it. Throws where perf lost events: they are the truth or they are nothing. */
  async stop(): Promise<readonly SchedEvent[]> {
    await this.end();
    if (/lost/i.test(this.#complaint)) throw new Error(`perf lost events: ${this.#complaint.trim()}`);
    const fields = 'comm,tid,cpu,time,event,trace';
    const script = spawn('perf', ['script', '-i', this.#file, '--ns', '-F', fields], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const found: SchedEvent[] = [];
    for await (const text of createInterface({ input: script.stdout })) {
      const event = parseSchedEvent(text);
      if (event) found.push(event);
    }
    rmSync(this.#file, { force: true });
    return found.toSorted((a, b) => a.timeNs - b.timeNs);
  }

  async end(): Promise<void> {
    if (this.#perf.exitCode !== null || this.#perf.signalCode !== null) return;
    const exited = once(this.#perf, 'exit');
    this.#perf.kill('SIGINT');
    await exited;
  }
}

const isThere = (file: string): boolean => existsSync(file) && statSync(file).size > 0;

/** Mounts tracefs where it is not, and returns what undoes that. */
export function mountTracefs(): () => void {
  if (readdirSync(tracefs).length > 0) return () => undefined;
  const { status, stderr } = spawnSync('mount', ['-t', 'tracefs', 'tracefs', tracefs], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tracefs cannot be mounted: ${stderr.trim()}`);
  return () => void spawnSync('umount', [tracefs]);
}

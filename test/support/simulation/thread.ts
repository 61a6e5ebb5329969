import type { Group } from './group.ts';
import type { Random } from './random.ts';

/** What a thread does next, decided when its last run of work is done. */
export type Step =
  | { readonly kind: 'run'; readonly ns: number }
  | { readonly kind: 'sleep'; readonly untilNs: number; readonly thenRunNs: number }
  | { readonly kind: 'block'; readonly thenRunNs: number }
  | { readonly kind: 'exit' };

/** What a thread can see and do of its host while it decides. */
export interface ThreadWorld {
  readonly now: number;
  readonly random: Random;
  wake(thread: Thread, waker: Thread): void;
  spawn(origin: ThreadOrigin): Thread;
}

export type Program = (world: ThreadWorld, self: Thread) => Step;

export interface ThreadOrigin {
  /** Absent: a kernel thread or host daemon. */
  readonly group: Group | undefined;
  readonly allowed: readonly number[];
  readonly first: Step;
  readonly program: Program;
}

export interface Interval {
  readonly from: number;
  readonly to: number;
}

export class Thread {
  readonly kind = 'thread';
  readonly tid: number;
  readonly group: Group | undefined;
  readonly allowed: readonly number[];
  readonly program: Program;
  state: 'running' | 'waiting' | 'blocked' | 'exited' = 'blocked';
  /** The CPU whose queue it is on, or was on last. */
  cpu: number;
  vruntime = 0;
  /** Work left before the program is asked again. */
  remainingNs = 0;
  runNs = 0;
  /** As in schedstat: grows when a wait ends or a waiting thread is moved. */
  runDelayNs = 0;
  timeslices = 0;
  /** Since when the wait is not yet in runDelayNs. */
  uncountedSince = 0;
  waitBegan = 0;
  lastWait: Interval = { from: 0, to: 0 };
  blockedSince: number;

  constructor(tid: number, origin: ThreadOrigin, cpu: number, now: number) {
    this.tid = tid;
    this.group = origin.group;
    this.allowed = origin.allowed;
    this.program = origin.program;
    this.cpu = cpu;
    this.blockedSince = now;
  }

  beginWait(now: number): void {
    this.state = 'waiting';
    this.uncountedSince = now;
    this.waitBegan = now;
  }

  endWait(now: number): void {
    this.state = 'running';
    this.runDelayNs += now - this.uncountedSince;
    this.timeslices += 1;
    this.lastWait = { from: this.waitBegan, to: now };
  }

  /** A waiting thread changes queues: the kernel counts the wait so far. */
  moveTo(cpu: number, now: number): void {
    this.runDelayNs += now - this.uncountedSince;
    this.uncountedSince = now;
    this.cpu = cpu;
  }
}

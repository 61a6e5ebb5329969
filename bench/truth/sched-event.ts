/**
 * What a tracefs `trace` file says of the scheduler's tracepoints, one event per line:
 *
 *     node-4711    [001] d..2.  6136.223317: sched_switch: prev_comm=node prev_pid=4711 prev_prio=120 prev_state=S ==> next_comm=...
 *
 * The task and its tid, the CPU, flags (the third: in an interrupt, `h` or `s`), the time in microseconds of the trace clock.
 */
export type SchedEvent = { readonly timeNs: number } & (
  | {
      readonly kind: 'switch';
      readonly cpu: number;
      readonly prev: number;
      /** It was put off the CPU, or throttled, and wants to go on. */
      readonly prevIsRunnable: boolean;
      readonly next: number;
      /** Not in the recording: see unseen-switches.ts. */
      readonly isGuess?: true;
    }
  /** `waker` begins to wake `tid`; undefined where an interrupt does. */
  | { readonly kind: 'waking'; readonly tid: number; readonly waker: number | undefined }
  | { readonly kind: 'wakeup'; readonly tid: number; readonly cpu: number }
  | { readonly kind: 'migrate'; readonly tid: number; readonly cpu: number }
  | { readonly kind: 'fork'; readonly parent: number; readonly child: number }
);

const line = /-(\d+)\s+\[(\d+)\]\s+(\S{5})\s+(\d+)\.(\d{6}): (sched_\w+): (.*)$/;
const switchTrace = /prev_pid=(\d+) prev_prio=-?\d+ prev_state=(\S+) ==> .*next_pid=(\d+) next_prio=/;
const wakeupTrace = / pid=(\d+) prio=-?\d+ target_cpu=(\d+)/;
const migrateTrace = / pid=(\d+) prio=-?\d+ orig_cpu=\d+ dest_cpu=(\d+)/;
const forkTrace = / pid=(\d+) child_comm=.* child_pid=(\d+)/;

/** Undefined for any other line. */
export function parseSchedEvent(text: string): SchedEvent | undefined {
  const [, tid, cpu, flags = '', seconds, microseconds, event, trace = ''] = line.exec(text) ?? [];
  // Exact up to 2^53 ns, 104 days of uptime.
  const timeNs = Number(seconds) * 1e9 + Number(microseconds) * 1e3;
  const numbers = (pattern: RegExp): readonly [number, number] | undefined => {
    const match = pattern.exec(` ${trace}`);
    return match ? [Number(match[1]), Number(match[2])] : undefined;
  };
  switch (event) {
    case 'sched_switch':
      return parseSwitch(trace, timeNs, Number(cpu));
    case 'sched_waking': {
      const found = numbers(wakeupTrace);
      const waker = flags[2] === '.' ? Number(tid) : undefined;
      return found && { kind: 'waking', timeNs, tid: found[0], waker };
    }
    case 'sched_wakeup':
    case 'sched_wakeup_new': {
      const found = numbers(wakeupTrace);
      return found && { kind: 'wakeup', timeNs, tid: found[0], cpu: found[1] };
    }
    case 'sched_migrate_task': {
      const found = numbers(migrateTrace);
      return found && { kind: 'migrate', timeNs, tid: found[0], cpu: found[1] };
    }
    case 'sched_process_fork': {
      const found = numbers(forkTrace);
      return found && { kind: 'fork', timeNs, parent: found[0], child: found[1] };
    }
    default:
      return undefined;
  }
}

function parseSwitch(trace: string, timeNs: number, cpu: number): SchedEvent | undefined {
  const [, prev, state = '', next] = switchTrace.exec(trace) ?? [];
  if (prev === undefined || next === undefined) return undefined;
  const prevIsRunnable = state.startsWith('R');
  return { kind: 'switch', timeNs, cpu, prev: Number(prev), prevIsRunnable, next: Number(next) };
}

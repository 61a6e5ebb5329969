/** The priority of the thread that reads, against the load that it reads about. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** Nice value; the weight of such a thread is 29 times the usual one. */
const raised = -15;

/**
 * Puts this thread before all ordinary ones, so that readings are not late on a host that is full, and returns what
 * undoes it. Processes started meanwhile do not inherit it. Does as much of it as is permitted, perhaps nothing.
 *
 * A nice value alone does not do: beside a cgroup of a large weight that fills every CPU, a thread with nice -15 was seen
 * to wait up to a second after each timer (Linux 6.18). A real-time thread is not.
 */
export function raiseOwnPriority(): () => void {
  const before = getPriority();
  const isRealTime = setPolicy('--reset-on-fork', '--rr', '--pid', '1');
  try {
    if (!isRealTime) setPriority(raised);
  } catch {
    return () => undefined; // needs root or CAP_SYS_NICE
  }
  return () => {
    if (isRealTime) setPolicy('--other', '--pid', '0');
    setPriority(before);
  };
}

/** Of this process's main thread, by the program of util-linux, since Node has no call for it. True when that was done. */
function setPolicy(...words: readonly string[]): boolean {
  return spawnSync('chrt', [...words, `${process.pid}`], { stdio: 'ignore' }).status === 0;
}

const raisedSession = -20;

/**
 * Where the kernel groups threads of the root cgroup by session (kernel.sched_autogroup_enabled), a nice value counts only
 * within the session, and the session weighs as one ordinary thread against everything else. This puts the whole session of
 * this process first, and returns what undoes it. Does nothing where there is no such grouping or it is not permitted.
 *
 * `/proc/<pid>/autogroup` (man 7 sched):
 *
 *     /autogroup-9 nice 0
 */
export function raiseOwnSession(proc: string): () => void {
  const path = `${proc}/self/autogroup`;
  try {
    const [, before] = /nice (-?[0-9]+)$/.exec(readFileSync(path, 'utf8').trim()) ?? [];
    if (before === undefined) return () => undefined;
    writeFileSync(path, String(raisedSession));
    return () => {
      writeFileSync(path, before);
    };
  } catch {
    return () => undefined;
  }
}

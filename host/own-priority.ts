/** The priority of the thread that reads, against the load that it reads about. */
import { spawnSync } from 'node:child_process';
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

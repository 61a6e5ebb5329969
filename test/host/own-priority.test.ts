import { spawnSync } from 'node:child_process';
import { getPriority } from 'node:os';
import t from 'tap';
import { raiseOwnPriority } from '../../host/own-priority.ts';

/** The policy of this thread, and of a process that it starts. */
const policies = (): readonly string[] =>
  [`${process.pid}`, '0'].map((pid) => {
    const { stdout } = spawnSync('chrt', ['--pid', pid], { encoding: 'utf8' });
    return /policy: (\S+)/.exec(stdout)?.[1] ?? 'unknown';
  });

t.test('it is undone, and processes started meanwhile have the usual one', async (t) => {
  const [priority, [own, child]] = [getPriority(), policies()];
  const lower = raiseOwnPriority();
  const [raisedOwn = '', raisedChild = ''] = policies();
  const isRaised = raisedOwn.startsWith('SCHED_RR') || getPriority() < priority;
  t.equal(isRaised, process.getuid?.() === 0 && process.platform === 'linux');
  t.notMatch(raisedChild, /SCHED_RR/);
  lower();
  t.equal(getPriority(), priority);
  if (own !== 'SCHED_IDLE') t.same(policies(), [own, child]);
});

import t from 'tap';
import { ConditionLog } from '../../agent/condition-log.ts';
import { createLog } from '../../agent/log.ts';
import { StillClock } from '../support/fake-host.ts';

function conditions() {
  const clock = new StillClock();
  const lines: string[] = [];
  const log = createLog('text', clock, (line) => lines.push(line.split(' ').slice(1).join(' ').trim()));
  return { clock, lines, conditions: new ConditionLog(log, clock) };
}

t.test('says when it begins and when it is over, once', async (t) => {
  const { lines, conditions: it } = conditions();
  for (const problem of [undefined, 'EIO', 'EIO', undefined, undefined]) it.report('threads', problem);
  t.same(lines, ['warn threads: EIO', 'info threads: all is well again']);
});

t.test('what flaps is said once a minute', async (t) => {
  const { clock, lines, conditions: it } = conditions();
  for (let second = 0; second < 180; second += 1) {
    it.report('threads', second % 2 === 0 ? `EIO ${second}` : undefined);
    clock.advance(1000);
  }
  t.same(
    lines.filter((line) => line.startsWith('warn')),
    ['warn threads: EIO 0', 'warn threads: EIO 60', 'warn threads: EIO 120'],
  );
  t.ok(lines.length <= 6);
});

t.test('each subject for itself', async (t) => {
  const { lines, conditions: it } = conditions();
  it.report('a', 'x');
  it.report('b', 'x');
  t.same(lines, ['warn a: x', 'warn b: x']);
});

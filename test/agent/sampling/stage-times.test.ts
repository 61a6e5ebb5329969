import t from 'tap';
import { StageTimes } from '../../../agent/sampling/stage-times.ts';
import { StillClock } from '../../support/fake-host.ts';

t.test('adds up by stage, also what fails', async (t) => {
  const clock = new StillClock();
  const stages = new StageTimes(clock);
  const work = (ms: number) => () => {
    clock.advance(ms);
    return ms;
  };
  t.equal(stages.measure('read', work(250)), 250);
  stages.measure('read', work(250));
  t.throws(() =>
    stages.measure('derive', () => {
      clock.advance(500);
      throw new Error('no');
    }),
  );
  t.equal(await stages.measureAsync('record', async () => clock.sleep(1000).then(() => 'x')), 'x');
  t.same(
    [...stages.seconds],
    [
      ['read', 0.5],
      ['derive', 0.5],
      ['record', 1],
    ],
  );
});

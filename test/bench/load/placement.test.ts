import t from 'tap';
import { choosePlacement } from '../../../bench/load/placement.ts';

t.test('two CPUs are shared, four leave one for the generator', async (t) => {
  const shared = choosePlacement({ cpus: [0, 1] }, true);
  t.same(shared.sceneCpus.cpus, [0, 1]);
  t.same(shared.realTime, { cpu: 0, priority: 20 });
  const alone = choosePlacement({ cpus: [0, 1, 2, 3] }, false);
  t.same(alone.sceneCpus.cpus, [1, 2, 3]);
  t.equal(alone.realTime, undefined);
  t.match(alone.sentence, /has to itself, at nice -19/);
  t.throws(() => choosePlacement({ cpus: [] }, true), RangeError);
});

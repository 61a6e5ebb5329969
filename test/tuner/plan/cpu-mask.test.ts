import t from 'tap';
import { cpuSetIsSubset, cpuSetUnion } from '../../../kernel/cpu-set.ts';
import { countCpus, cpuSetOfMask, isWithin, maskOf } from '../../../tuner/plan/cpu-mask.ts';
import { arbitraryCpuSet } from '../../support/arbitrary-sample.ts';
import { fc } from '../../support/properties.ts';

t.test('a mask is its set', async (t) => {
  fc.assert(
    fc.property(arbitraryCpuSet, arbitraryCpuSet, (a, b) => {
      t.strictSame(cpuSetOfMask(maskOf(a)), a);
      t.equal(countCpus(maskOf(a)), a.cpus.length);
      t.strictSame(cpuSetOfMask(maskOf(a) | maskOf(b)), cpuSetUnion(a, b));
      t.equal(isWithin(maskOf(a), maskOf(b)), cpuSetIsSubset(a, b));
    }),
    { numRuns: 50 },
  );
});

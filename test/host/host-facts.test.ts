import { arch, release } from 'node:os';
import t from 'tap';
import { readHostFacts } from '../../host/host-facts.ts';

t.test('this machine', async (t) => {
  const facts = await readHostFacts();
  t.equal(facts.kernelRelease, release());
  t.equal(facts.architecture, arch());
  for (const value of Object.values(facts)) t.ok(value !== '' && value !== undefined);
});

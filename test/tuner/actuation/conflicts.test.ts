import t from 'tap';
import { describeConflicts, findConflicts } from '../../../tuner/actuation/conflicts.ts';

t.test('who writes the same files is refused beside, unless allowed', async (t) => {
  const managers = [
    { name: 'kubelet', evidence: 'process 1' },
    { name: 'koordlet', evidence: 'process 2' },
    { name: 'tuned', evidence: 'process 3' },
    { name: 'dra-driver-cpu', evidence: 'process 4' },
  ] as const;
  const conflicts = findConflicts(managers);
  t.strictSame(
    conflicts.map(({ name }) => name),
    ['koordlet', 'dra-driver-cpu'],
  );
  t.match(
    describeConflicts(conflicts),
    /^another manager of CPUs is at work here: koordlet \(process 2\): it suppresses/,
  );
  t.strictSame(findConflicts(managers, new Set(['koordlet', 'dra-driver-cpu'])), []);
  t.equal(describeConflicts([]), undefined);
});

import t from 'tap';
import { KernelTextError } from '../../kernel/kernel-text-error.ts';

t.test('says path, line, expected and found', async (t) => {
  const error = new KernelTextError('/proc/stat', 3, 'a number', 'x');
  t.equal(error.message, '/proc/stat:3: expected a number, found "x"');
  t.equal(error.line, 3);
});

t.test('cuts what it found', async (t) => {
  t.equal(new KernelTextError('p', 1, 'e', 'y'.repeat(200)).found.length, 80);
});

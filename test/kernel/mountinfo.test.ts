import t from 'tap';
import { KernelTextError } from '../../kernel/kernel-text-error.ts';
import { parseMountinfo, unescapeOctal } from '../../kernel/mountinfo.ts';
import { fc } from '../support/properties.ts';

t.test('hierarchies of both versions, optional fields, escapes', async (t) => {
  const text = [
    '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 master:2 - cgroup cgroup rw,cpu,cpuacct',
    String.raw`41 31 0:38 /docker/a\040b /mnt/a\134b rw - cgroup2 none rw,nsdelegate`,
    '',
  ].join('\n');
  t.strictSame(parseMountinfo(text, 'mountinfo'), [
    {
      mountPoint: '/sys/fs/cgroup/cpu,cpuacct',
      root: '/',
      fsType: 'cgroup',
      superOptions: ['rw', 'cpu', 'cpuacct'],
    },
    { mountPoint: '/mnt/a\\b', root: '/docker/a b', fsType: 'cgroup2', superOptions: ['rw', 'nsdelegate'] },
  ]);
});

t.test('nothing mounted', async (t) => {
  t.strictSame(parseMountinfo('', 'mountinfo'), []);
});

for (const line of ['x', '1 2 3 4', '1 2 0:1 / /x rw', '1 2 0:1 / /x rw - cgroup', ' - a b c', '']) {
  t.test(`refuses ${JSON.stringify(line)}`, async (t) => {
    t.throws(() => parseMountinfo(`1 2 0:1 / / rw - ext4 x rw\n${line}\n`, 'm'), {
      name: 'KernelTextError',
      message: /^m:2: /,
    });
  });
}

t.test('throws nothing but its error', async (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
      try {
        parseMountinfo(text, 'm');
        return true;
      } catch (error) {
        return error instanceof KernelTextError;
      }
    }),
  );
  t.pass('holds');
});

t.test('only three octal digits of a byte are an escape', async (t) => {
  t.equal(unescapeOctal(String.raw`a\011b\400c\08`), 'a\tb\\400c\\08');
});

import t from 'tap';
import { defaultDescriptorLimit } from '../../host/descriptor-limit.ts';

const rows = [
  ['Max open files            20000                20000                files', 8192],
  ['Max open files            1024                 524288               files', 768],
  ['Max open files            256                  256                  files', 128],
  ['Max open files            unlimited            unlimited            files', 768],
  ['', 768],
] as const;
for (const [text, limit] of rows) {
  t.test(JSON.stringify(text), async (t) => {
    t.equal(
      defaultDescriptorLimit(() => text),
      limit,
    );
  });
}

t.test('of this process', async (t) => {
  t.ok(defaultDescriptorLimit() > 0);
});

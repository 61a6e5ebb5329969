import t from 'tap';
import { splitLines, type Line } from '../../../agent/recording/split-lines.ts';
import { KernelTextError } from '../../../kernel/kernel-text-error.ts';
import { fc } from '../../support/properties.ts';

async function* inChunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function linesOf(chunks: AsyncIterable<Uint8Array>, greatestBytes = 1000): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for await (const line of splitLines(chunks, 'x', greatestBytes)) lines.push(line);
  return lines;
}

t.test('splits wherever the chunks end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      async (text, size) => {
        const whole = Buffer.from(text).toString();
        const lines = await linesOf(inChunks(whole, size));
        const joined = lines.map((line) => line.text + (line.terminated ? '\n' : '')).join('');
        return joined === whole && lines.every((line, i) => line.terminated || i === lines.length - 1);
      },
    ),
  );
});

t.test('refuses a line that is too long', async (t) => {
  await t.rejects(
    linesOf(inChunks(`ab\n${'y'.repeat(50)}`, 7), 40),
    new KernelTextError('x', 2, 'a line of at most 40 bytes', 'a longer one'),
  );
});

t.test('passes on what went wrong with the file', async (t) => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a\n');
    await Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
  }
  await t.rejects(linesOf(failing()), { code: 'EIO' });
});

/** Chunks of bytes to lines of text. */
import { KernelTextError } from '../../kernel/kernel-text-error.ts';

export interface Line {
  /** Without the newline. */
  readonly text: string;
  /** False for a last line that has no newline. */
  readonly terminated: boolean;
}

/** Throws KernelTextError on a line longer than `greatestBytes`, and where the chunks end with a gzip error. */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  greatestBytes: number,
): AsyncGenerator<Line, void, undefined> {
  let parts: Uint8Array[] = [];
  let partBytes = 0;
  let lineNumber = 1;
  for await (const chunk of whole(chunks, path, () => lineNumber)) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      yield { text: textOf([...parts, chunk.subarray(from, at)]), terminated: true };
      lineNumber += 1;
      parts = [];
      partBytes = 0;
      from = at + 1;
    }
    parts.push(chunk.subarray(from));
    partBytes += chunk.length - from;
    if (partBytes > greatestBytes) {
      throw new KernelTextError(path, lineNumber, `a line of at most ${greatestBytes} bytes`, 'a longer one');
    }
  }
  if (partBytes > 0) yield { text: textOf(parts), terminated: false };
}

const textOf = (parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString('utf8');

/** Bytes that are no gzip are bad text; everything else that goes wrong is a failed read. */
async function* whole(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  lineNumber: () => number,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!code.startsWith('Z_')) throw error;
    throw new KernelTextError(path, lineNumber(), 'gzipped text', String(error));
  }
}

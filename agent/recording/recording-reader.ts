/** Reads a recording as a stream: one sample in memory at a time, and whatever is whole in a file that was cut. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { KernelTextError } from '../../kernel/kernel-text-error.ts';
import { decodeSample } from '../../kernel/sample-json.ts';
import type { Sample } from '../../kernel/sample.ts';
import { isEndLine, parseEnd, parseHeader, type RecordingHeader } from './recording-format.ts';
import { splitLines, type Line } from './split-lines.ts';

/** How a recording ended, known when its samples have been read. */
export interface RecordingEnding {
  readonly samples: number;
  /** Absent for a complete recording; else a sentence that says what is missing. */
  readonly cut?: string;
}

/** Longest line that is believed: about 100,000 containers. */
const greatestLineBytes = 128 * 1024 * 1024;

export class RecordingReader {
  readonly path: string;
  readonly header: RecordingHeader;
  readonly #lines: AsyncGenerator<Line, void, undefined>;
  #ending: RecordingEnding | undefined;

  /** Opens the file and reads its header. Rejects with the system's error, or KernelTextError when it is no recording. */
  static async open(path: string): Promise<RecordingReader> {
    const lines = splitLines(await openText(path), path, greatestLineBytes);
    try {
      const first = await lines.next();
      return new RecordingReader(path, parseHeader(first.value?.text ?? '', path), lines);
    } catch (error) {
      await lines.return();
      throw error;
    }
  }

  private constructor(path: string, header: RecordingHeader, lines: AsyncGenerator<Line, void, undefined>) {
    this.path = path;
    this.header = header;
    this.#lines = lines;
  }

  /** Absent until the samples have been read to their end. */
  get ending(): RecordingEnding | undefined {
    return this.#ending;
  }

  /** All whole samples, once. Throws KernelTextError, with the line, on a line that is whole and wrong. */
  async *samples(): AsyncGenerator<Sample, void, undefined> {
    let samples = 0;
    let lineNumber = 1;
    let cut = 'it has no last line: it was cut there, or it is still being written';
    for await (const line of this.#lines) {
      lineNumber += 1;
      if (isEndLine(line.text) && line.terminated) {
        const promised = parseEnd(line.text, this.path, lineNumber);
        this.#ending =
          promised === samples ? { samples } : { samples, cut: `${promised} samples were written` };
        return;
      }
      const sample = this.#decode(line, lineNumber);
      if (sample) {
        samples += 1;
        yield sample;
      } else {
        cut = `line ${lineNumber} is cut in the middle`;
      }
    }
    this.#ending = { samples, cut };
  }

  /** Lets go of the file before its end. */
  async close(): Promise<void> {
    await this.#lines.return();
  }

  #decode(line: Line, lineNumber: number): Sample | undefined {
    try {
      return decodeSample(line.text, this.path, lineNumber);
    } catch (error) {
      if (!line.terminated && error instanceof KernelTextError) return undefined;
      throw error;
    }
  }
}

/** The file's text, unzipped if it is gzipped, whatever its name. */
async function openText(path: string): Promise<Readable> {
  const gzipped = await isGzipped(path);
  const file = createReadStream(path);
  if (!gzipped) return file;
  // With this flush a file that was cut gives all that is in it instead of an error.
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  return pipeline(file, gunzip, () => undefined);
}

async function isGzipped(path: string): Promise<boolean> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

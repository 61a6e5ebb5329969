/** Writes a recording, sample by sample, so that a kill loses at most the last one. */
import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { encodeSample } from '../../kernel/sample-json.ts';
import type { Sample } from '../../kernel/sample.ts';
import { formatEnd, formatHeader, type RecordingHeader } from './recording-format.ts';

export interface RecordingOptions {
  readonly path: string;
  readonly header: RecordingHeader;
  /** The recording ends with the sample that reaches this size on disk. */
  readonly maxBytes?: number;
  /** The recording ends with the sample that is at least this long after the first. */
  readonly durationSeconds?: number;
}

export type RecordingLimit = 'size' | 'duration';

const compress = promisify(gzip);

export class RecordingWriter {
  readonly path: string;
  readonly #options: RecordingOptions;
  readonly #file: FileHandle;
  #samples = 0;
  #bytes = 0;
  #firstNs: bigint | undefined;

  /** Creates the file, or empties the one that is there. Rejects with the system's error. */
  static async open(options: RecordingOptions): Promise<RecordingWriter> {
    const writer = new RecordingWriter(options, await open(options.path, 'w'));
    try {
      await writer.#writeLine(formatHeader(options.header));
    } catch (error) {
      await writer.#file.close();
      throw error;
    }
    return writer;
  }

  private constructor(options: RecordingOptions, file: FileHandle) {
    this.path = options.path;
    this.#options = options;
    this.#file = file;
  }

  get samples(): number {
    return this.#samples;
  }

  /** Bytes in the file so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds one sample; says which limit is now reached, if one is. Rejects with the system's error when it cannot. */
  async write(sample: Sample): Promise<RecordingLimit | undefined> {
    await this.#writeLine(encodeSample(sample));
    this.#samples += 1;
    this.#firstNs ??= sample.monotonicNs;
    const { maxBytes = Infinity, durationSeconds = Infinity } = this.#options;
    if (this.bytes >= maxBytes) return 'size';
    return Number(sample.monotonicNs - this.#firstNs) / 1e9 >= durationSeconds ? 'duration' : undefined;
  }

  /** Writes the last line and closes the file. */
  async close(): Promise<void> {
    try {
      await this.#writeLine(formatEnd(this.#samples));
    } finally {
      await this.#file.close();
    }
  }

  /** Each line is a gzip member of its own: whole on disk when this returns, and a stream to every reader of gzip. */
  async #writeLine(line: string): Promise<void> {
    const text = Buffer.from(`${line}\n`);
    const bytes = this.path.endsWith('.gz') ? await compress(text) : text;
    await this.#file.appendFile(bytes);
    this.#bytes += bytes.length;
  }
}

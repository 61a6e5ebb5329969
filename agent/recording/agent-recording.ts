/** The recording that the agent makes beside its work: it ends at its limits or with its disk, and the agent goes on. */
import type { Sample } from '../../kernel/sample.ts';
import type { Log } from '../log.ts';
import { RecordingWriter, type RecordingOptions } from './recording-writer.ts';

export class AgentRecording {
  readonly #writer: RecordingWriter;
  readonly #log: Log;
  #open = true;

  /** Rejects with the system's error when the file cannot be made. */
  static async open(options: RecordingOptions, log: Log): Promise<AgentRecording> {
    const writer = await RecordingWriter.open(options);
    log.info('recording every sample', { path: options.path });
    return new AgentRecording(writer, log);
  }

  private constructor(writer: RecordingWriter, log: Log) {
    this.#writer = writer;
    this.#log = log;
  }

  get bytes(): number {
    return this.#writer.bytes;
  }

  async write(sample: Sample): Promise<void> {
    if (!this.#open) return;
    try {
      const limit = await this.#writer.write(sample);
      if (limit !== undefined) await this.#end(`it reached its ${limit}`);
    } catch (error) {
      await this.#end(`writing failed: ${String(error)}`);
    }
  }

  async close(): Promise<void> {
    if (this.#open) await this.#end('the agent stops');
  }

  async #end(reason: string): Promise<void> {
    this.#open = false;
    const { path, samples, bytes } = this.#writer;
    const fields = { path, samples, bytes };
    try {
      await this.#writer.close();
      this.#log.info(`the recording ends: ${reason}`, fields);
    } catch {
      this.#log.warn(`the recording ends without its last line: ${reason}`, fields);
    }
  }
}

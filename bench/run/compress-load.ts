/** zstd in its cgroup, again and again over the same bytes. */
import { writeFileSync } from 'node:fs';
import { hrtime } from 'node:process';
import type { LoadWindow } from '../load/generator-process.ts';
import { countThreads, type Load } from '../scenarios/scenario.ts';
import { PlacedProcess } from '../servers/placed-process.ts';
import { seededRandom } from '../statistics/random.ts';
import { completedPerSecond, type Progress } from '../workloads/progress.ts';
import type { LoadContext, LoadMeasure, RunningLoad } from './load.ts';

const inputBytes = 8 * 1024 * 1024;
const level = 6;

export class CompressLoad implements RunningLoad {
  readonly #words: readonly string[];
  readonly #place: (pid: number) => void;
  readonly #progress: Progress[] = [];
  #process: PlacedProcess | undefined;

  constructor(load: Load & { readonly kind: 'compress' }, context: LoadContext) {
    const file = `${context.folder}/input`;
    writeFileSync(file, compressibleBytes());
    const threads = countThreads(load.threads, context.cpus);
    const script = `while zstd -q -T${threads} -${level} -c ${file} >/dev/null; do echo; done`;
    this.#words = ['sh', '-c', script];
    this.#place = context.place;
  }

  async start(): Promise<undefined> {
    this.#process = await PlacedProcess.launch(this.#words, this.#place, () => {
      this.#progress.push({ monotonicNs: hrtime.bigint(), completed: this.#progress.length + 1 });
    });
    return undefined;
  }

  begin(): Promise<void> {
    return Promise.resolve();
  }

  finish({ fromNs, toNs }: LoadWindow): Promise<LoadMeasure> {
    const ending = this.#process?.ending;
    if (ending !== undefined) throw new Error(`zstd ended: ${ending}`);
    const perSecond = completedPerSecond(this.#progress, fromNs, toNs);
    return Promise.resolve(perSecond === undefined ? {} : { perSecond });
  }

  async end(): Promise<void> {
    await this.#process?.end();
  }
}

/** Words of a small vocabulary in a random order: about as compressible as text. */
function compressibleBytes(): Uint8Array {
  const random = seededRandom(1);
  const words = Array.from({ length: 4096 }, () => Math.floor(random() * 2 ** 32).toString(36));
  const parts: string[] = [];
  for (let length = 0; length < inputBytes; length += (parts.at(-1)?.length ?? 0) + 1) {
    parts.push(words[Math.floor(random() ** 3 * words.length)] ?? '');
  }
  return new TextEncoder().encode(parts.join(' '));
}

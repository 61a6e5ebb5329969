/**
 * Reading the kernel's pseudo files again and again. A kept descriptor and pread cost a quarter to an eighth of open,
 * read and close, so descriptors are kept, in a pool with a bound.
 *
 * Each kept descriptor that was read holds about 4.3 KiB of kernel memory (the seq_file buffer), which counts towards
 * the reader's own memory limit: 8192 of them are 35 MB. That is the reason for a bound well below RLIMIT_NOFILE.
 *
 * Files are read in the same order tick after tick. There, evicting the least recently used file throws out exactly
 * the one that is needed next, and a pool one file too small never hits. So a file gives way only when it was
 * not read in this pass or the one before; while there is none, the newcomer is opened, read and closed.
 */
import { defaultDescriptorLimit } from './descriptor-limit.ts';
import { nodeFileCalls, type FileCalls } from './file-calls.ts';
import { absentOrThrow, HostReadError, isExhausted, isStale } from './host-read-error.ts';
import { TurnList } from './turn-list.ts';

export interface PoolOptions {
  /** Most descriptors kept; default defaultDescriptorLimit(). */
  readonly limit?: number;
  readonly calls?: FileCalls;
  /** Passes without a read after which a descriptor is closed. */
  readonly idlePasses?: number;
  /** Passes for which a missing or forbidden file is not asked for again: each failing open costs 15 us. */
  readonly retryPasses?: number;
}

export interface PoolStats {
  readonly openDescriptors: number;
  readonly limit: number;
  readonly opens: number;
  readonly reads: number;
  readonly failures: number;
}

/** More than any seq_file hands out in part: see isWhole. */
const initialBufferBytes = 16_384;
const largestTextBytes = 64 * 1024 * 1024;
const newline = 0x0a;

/** Files looked at for one to give way: the search must not cost more than the descriptor saves. */
const evictionLooks = 8;

/** One file, read whenever asked. It belongs to its pool; `close` gives its descriptor back. */
export class PseudoFile {
  readonly path: string;
  /** The pool's notes on this file. */
  readonly notes: FileNotes;
  readonly #pool: PseudoFilePool;

  constructor(path: string, pool: PseudoFilePool) {
    this.path = path;
    this.notes = { path, fd: undefined, slot: -1, lastPass: -1, retryPass: -1, failure: undefined };
    this.#pool = pool;
  }

  /** The text, or undefined when the file is absent. Throws HostReadError. */
  readText(): string | undefined {
    const length = this.#pool.readInto(this.notes);
    return length === undefined ? undefined : this.#pool.bytes.toString('utf8', 0, length);
  }

  /** Length of the text, which stands in the pool's `bytes` until the next read; undefined when absent. */
  readBytes(): number | undefined {
    return this.#pool.readInto(this.notes);
  }

  close(): void {
    this.#pool.release(this.notes);
  }
}

interface FileNotes {
  readonly path: string;
  fd: number | undefined;
  slot: number;
  /** The pass that read it last. */
  lastPass: number;
  /** Not asked for again before this pass. */
  retryPass: number;
  /** What the last failing read threw, thrown again until then. */
  failure: HostReadError | undefined;
}

export class PseudoFilePool {
  readonly #calls: FileCalls;
  readonly #idlePasses: number;
  readonly #retryPasses: number;
  readonly #kept = new TurnList<FileNotes>();
  #limit: number;
  #buffer = Buffer.allocUnsafeSlow(initialBufferBytes);
  #pass = 0;
  #opens = 0;
  #reads = 0;
  #failures = 0;

  constructor(options: PoolOptions = {}) {
    this.#limit = Math.max(0, options.limit ?? defaultDescriptorLimit());
    this.#calls = options.calls ?? nodeFileCalls;
    this.#idlePasses = options.idlePasses ?? 60;
    this.#retryPasses = options.retryPasses ?? 10;
  }

  /** The buffer that holds what readBytes read, until the next read. */
  get bytes(): Buffer {
    return this.#buffer;
  }

  /** How many descriptors were opened so far: a change says that a file was opened anew. */
  get opens(): number {
    return this.#opens;
  }

  /** A handle on the file; nothing is opened before the first read. */
  file(path: string): PseudoFile {
    return new PseudoFile(path, this);
  }

  /** Starts a new round of reads, and closes some of the descriptors that nobody read for long. */
  beginPass(): void {
    this.#pass += 1;
    const oldest = this.#pass - this.#idlePasses;
    for (let looks = Math.ceil(this.#kept.length / 8); looks > 0; looks -= 1) {
      const idle = this.#kept.findNext(1, ({ lastPass }) => lastPass < oldest);
      if (idle) this.release(idle);
    }
  }

  /** Reads the whole file into `bytes`; its length, or undefined when it is absent. Throws HostReadError. */
  readInto(file: FileNotes): number | undefined {
    if (file.retryPass > this.#pass) {
      this.#repeatFailure(file);
      return undefined;
    }
    this.#reads += 1;
    try {
      return this.#readKept(file) ?? this.#readNew(file);
    } catch (error) {
      this.#settle(file, error);
      return undefined;
    }
  }

  /** Closes the file's descriptor, and forgets that it was missing. */
  release(file: FileNotes): void {
    file.retryPass = -1;
    file.failure = undefined;
    const { fd } = file;
    if (fd === undefined) return;
    file.fd = undefined;
    this.#kept.remove(file);
    this.#close(fd);
  }

  stats(): PoolStats {
    return {
      openDescriptors: this.#kept.length,
      limit: this.#limit,
      opens: this.#opens,
      reads: this.#reads,
      failures: this.#failures,
    };
  }

  close(): void {
    this.#releaseDownTo(0);
  }

  #repeatFailure({ failure }: FileNotes): void {
    if (!failure) return;
    this.#failures += 1;
    throw failure;
  }

  /** Undefined when no descriptor is kept, or the one kept is worthless. */
  #readKept(file: FileNotes): number | undefined {
    if (file.fd === undefined) return undefined;
    try {
      const length = this.#readAll(file.fd, file.path);
      file.lastPass = this.#pass;
      return length;
    } catch (error) {
      this.release(file);
      if (isStale(error)) return undefined;
      throw error;
    }
  }

  #readNew(file: FileNotes): number {
    const fd = this.#open(file.path);
    let isKept = false;
    try {
      const length = this.#readAll(fd, file.path);
      isKept = this.#keep(file, fd);
      return length;
    } finally {
      if (!isKept) this.#close(fd);
    }
  }

  /** Remembers the outcome of a failed read, and throws unless it means absence. */
  #settle(file: FileNotes, error: unknown): void {
    try {
      absentOrThrow(error, file.path);
      file.retryPass = this.#pass + this.#retryPasses;
      file.failure = undefined;
    } catch (failure) {
      this.#failures += 1;
      // What failed may work the next time; what is forbidden stays so for a while.
      if (failure instanceof HostReadError && failure.kind === 'denied') {
        file.retryPass = this.#pass + this.#retryPasses;
        file.failure = failure;
      }
      throw failure;
    }
  }

  #readAll(fd: number, path: string): number {
    let length = 0;
    for (;;) {
      const room = this.#buffer.length - length;
      const got = this.#calls.read(fd, this.#buffer, length, room, length);
      length += got;
      if (got === 0 || this.#isWhole(length)) return length;
      if (length === this.#buffer.length) this.#grow(path);
    }
  }

  /**
   * seq_file fills its page before it returns less than it has, and no record of the files read here comes near 3 KiB;
   * so a text that ends a line below 1 KiB is all there is. It saves the read that says 0: a third of the cost.
   */
  #isWhole(length: number): boolean {
    return length < 1024 && length > 0 && this.#buffer[length - 1] === newline;
  }

  #grow(path: string): void {
    if (this.#buffer.length >= largestTextBytes) throw new HostReadError(path, 'EFBIG', undefined);
    const larger = Buffer.allocUnsafeSlow(this.#buffer.length * 2);
    this.#buffer.copy(larger);
    this.#buffer = larger;
  }

  #open(path: string): number {
    this.#opens += 1;
    try {
      return this.#calls.open(path);
    } catch (error) {
      if (!isExhausted(error) || this.#kept.length === 0) throw error;
      // Somebody else in this process needs descriptors too: give back a quarter, for good.
      this.#limit = Math.floor(this.#kept.length * 0.75);
      this.#releaseDownTo(this.#limit);
      return this.#calls.open(path);
    }
  }

  #keep(file: FileNotes, fd: number): boolean {
    if (this.#kept.length >= this.#limit && !this.#evictOne()) return false;
    file.fd = fd;
    file.lastPass = this.#pass;
    this.#kept.add(file);
    return true;
  }

  #evictOne(): boolean {
    const idle = this.#kept.findNext(evictionLooks, ({ lastPass }) => lastPass < this.#pass - 1);
    if (idle) this.release(idle);
    return idle !== undefined;
  }

  #releaseDownTo(length: number): void {
    while (this.#kept.length > length) {
      const { last } = this.#kept;
      if (last) this.release(last);
    }
  }

  #close(fd: number): void {
    try {
      this.#calls.close(fd);
    } catch {
      // Linux has freed the descriptor whatever close says, and nothing was written through it.
      this.#failures += 1;
    }
  }
}

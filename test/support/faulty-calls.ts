import { nodeFileCalls, type FileCalls, type FileStat, type FolderEntry } from '../../host/file-calls.ts';

export function errno(code: string): Error {
  return Object.assign(new Error(`${code}: made to fail`), { code });
}

type Call = keyof FileCalls;

/** Real calls, of which chosen ones fail, and which count the descriptors that are open. */
export class FaultyCalls implements FileCalls {
  openDescriptors = 0;
  calls = 0;
  readonly #inner: FileCalls;
  #nth = 0;
  #nthCode = '';
  readonly #next = new Map<Call, string>();
  readonly #always = new Map<Call, string>();
  readonly #paths = new Map<string, string>();
  readonly #open = new Map<number, string>();
  readonly #stale = new Map<number, string>();

  constructor(inner: FileCalls = nodeFileCalls) {
    this.#inner = inner;
  }

  /** The n-th call from now on fails, whatever it is. */
  failNth(nth: number, code: string): void {
    this.#nth = this.calls + nth;
    this.#nthCode = code;
  }

  failNext(call: Call, code: string): void {
    this.#next.set(call, code);
  }

  failAlways(call: Call, code: string): void {
    this.#always.set(call, code);
  }

  /** Every open, stat, list and link of paths that end so fails. */
  failPath(ending: string, code: string): void {
    this.#paths.set(ending, code);
  }

  /** Descriptors open now on paths that contain this answer so to the next read. */
  failPathOfOpen(part: string, code: string): void {
    for (const [fd, path] of this.#open) if (path.includes(part)) this.#stale.set(fd, code);
  }

  open(path: string): number {
    this.#before('open', path);
    const fd = this.#inner.open(path);
    this.openDescriptors += 1;
    this.#open.set(fd, path);
    return fd;
  }

  read(fd: number, into: Buffer, offset: number, length: number, position: number): number {
    this.#before('read');
    const stale = this.#stale.get(fd);
    if (stale !== undefined) throw errno(stale);
    return this.#inner.read(fd, into, offset, length, position);
  }

  close(fd: number): void {
    this.#inner.close(fd);
    this.openDescriptors -= 1;
    this.#open.delete(fd);
    this.#stale.delete(fd);
    this.#before('close');
  }

  stat(path: string): FileStat | undefined {
    this.#before('stat', path);
    return this.#inner.stat(path);
  }

  list(path: string): readonly FolderEntry[] {
    this.#before('list', path);
    return this.#inner.list(path);
  }

  link(path: string): string {
    this.#before('link', path);
    return this.#inner.link(path);
  }

  #before(call: Call, path = ''): void {
    this.calls += 1;
    const byPath = [...this.#paths].find(([ending]) => path.endsWith(ending))?.[1];
    const code =
      byPath ??
      this.#always.get(call) ??
      this.#next.get(call) ??
      (this.calls === this.#nth ? this.#nthCode : undefined);
    this.#next.delete(call);
    if (code !== undefined) throw errno(code);
  }
}

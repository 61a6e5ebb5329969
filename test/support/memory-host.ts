/**
 * A cgroup v2 host in memory, for what would take thousands of real folders. It answers as cgroupfs does: a folder has
 * 2 + its subfolders links, a made cgroup never has the inode number of another, and reading through the descriptor of a
 * removed one is ENODEV.
 */
import type { FileCalls, FileStat } from '../../host/file-calls.ts';

interface Folder {
  readonly inode: bigint;
  readonly names: Set<string>;
}

export const memoryRoots = { proc: '/proc', sys: '/sys', cgroup: '/sys/fs/cgroup' } as const;

export class MemoryHost implements FileCalls {
  readonly #files = new Map<string, string>();
  readonly #folders = new Map<string, Folder>();
  readonly #open = new Map<number, string>();
  #lastInode = 0n;
  #lastFd = 0;

  get openDescriptors(): number {
    return this.#open.size;
  }

  put(path: string, text: string): void {
    this.#files.set(path, text);
  }

  /** Makes a folder whose parent is there, with these files. */
  addFolder(path: string, files: Readonly<Record<string, string>> = {}): void {
    this.#lastInode += 1n;
    this.#folders.set(path, { inode: this.#lastInode, names: new Set() });
    this.#folders.get(parentOf(path))?.names.add(nameOf(path));
    for (const [name, text] of Object.entries(files)) this.put(`${path}/${name}`, text);
  }

  /** Removes a folder without subfolders, and its files. */
  removeFolder(path: string, files: Iterable<string>): void {
    this.#folders.delete(path);
    this.#folders.get(parentOf(path))?.names.delete(nameOf(path));
    for (const name of files) this.#files.delete(`${path}/${name}`);
  }

  open(path: string): number {
    if (!this.#files.has(path)) throw failure('ENOENT');
    this.#lastFd += 1;
    this.#open.set(this.#lastFd, path);
    return this.#lastFd;
  }

  read(fd: number, into: Buffer, offset: number, length: number, position: number): number {
    const path = this.#open.get(fd);
    if (path === undefined) throw failure('EBADF');
    const text = this.#files.get(path);
    if (text === undefined) throw failure('ENODEV');
    return into.write(text.slice(position, position + length), offset, 'latin1');
  }

  close(fd: number): void {
    if (!this.#open.delete(fd)) throw failure('EBADF');
  }

  stat(path: string): FileStat | undefined {
    const folder = this.#folders.get(path);
    if (folder) return { inode: folder.inode, links: 2 + folder.names.size, sizeBytes: 0, modifiedMs: 0 };
    return this.#files.has(path) ? { inode: 0n, links: 1, sizeBytes: 0, modifiedMs: 0 } : undefined;
  }

  list(path: string): { readonly name: string; readonly isFolder: boolean }[] {
    const folder = this.#folders.get(path);
    if (!folder) throw failure('ENOENT');
    return [...folder.names].map((name) => ({ name, isFolder: true }));
  }

  link(): string {
    throw failure('ENOENT');
  }
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const failure = (code: string): Error => Object.assign(new Error(code), { code });

/**
 * The file system calls that reading a host needs, as a parameter: tests make the n-th call fail, and a capture
 * records what was asked. Nothing else in host/ touches `node:fs` to read the host.
 */
import { closeSync, openSync, readdirSync, readlinkSync, readSync, statSync } from 'node:fs';

export interface FileCalls {
  open(path: string): number;
  /** Bytes read; fewer than asked is not the end, 0 is. */
  read(fd: number, into: Buffer, offset: number, length: number, position: number): number;
  close(fd: number): void;
  /** Undefined when there is no such file; throws on anything else. */
  stat(path: string): FileStat | undefined;
  list(path: string): readonly FolderEntry[];
  link(path: string): string;
}

export interface FileStat {
  readonly inode: bigint;
  /** For a folder on cgroupfs, proc, tmpfs and ext4: 2 + the number of its subfolders. */
  readonly links: number;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

export const nodeFileCalls: FileCalls = {
  open: (path) => openSync(path, 'r'),
  read: readSync,
  close: closeSync,
  stat: (path) => {
    // Number fields cost half of what bigint fields do; an inode beyond 2^53 is looked up again.
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return undefined;
    const inode = Number.isSafeInteger(stat.ino) ? BigInt(stat.ino) : exactInode(path);
    if (inode === undefined) return undefined;
    return { inode, links: stat.nlink, sizeBytes: stat.size, modifiedMs: stat.mtimeMs };
  },
  list: (path) =>
    readdirSync(path, { withFileTypes: true }).map((entry) => ({
      name: entry.name,
      isFolder: entry.isDirectory(),
    })),
  link: (path) => readlinkSync(path),
};

function exactInode(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

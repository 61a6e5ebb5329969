/**
 * The file system calls that changing a host needs, as a parameter: tests make the n-th call fail or kill the process,
 * and a simulated host answers as the kernel would. Control files of cgroups and the tuner's own state go through it.
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';

export interface WriteCalls {
  /** `read`: nothing more. `change`: read and write what is there. `create`: write anew, readable by its owner alone. */
  open(path: string, how: 'read' | 'change' | 'create'): number;
  /** All bytes from the beginning. */
  read(fd: number): Buffer;
  /** All of the text in one call, from the beginning. */
  write(fd: number, text: string): void;
  /** Inode number of the open file itself. */
  inode(fd: number): bigint;
  /** What was written to the file, or the names in the folder, are on disk when this resolves. */
  sync(path: string): Promise<void>;
  close(fd: number): void;
  /** Inode number; undefined when nothing is there. */
  inodeAt(path: string): bigint | undefined;
  rename(from: string, to: string): void;
  /** What is not there is fine. */
  remove(path: string): void;
}

const flags = {
  read: constants.O_RDONLY,
  change: constants.O_RDWR,
  create: constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC,
} as const;

export const nodeWriteCalls: WriteCalls = {
  open: (path, how) => openSync(path, flags[how], 0o600),
  read: readFromStart,
  write: (fd, text) => {
    const bytes = Buffer.from(text);
    // A control file takes a value whole or not at all; a state file on a full disk may take a part of it.
    const written = writeSync(fd, bytes, 0, bytes.length, 0);
    if (written !== bytes.length) throw Object.assign(new Error('a part was written'), { code: 'ENOSPC' });
  },
  inode: (fd) => fstatSync(fd, { bigint: true }).ino,
  // Node's permission model forbids fsyncSync, whatever may be written; a FileHandle may.
  sync: async (path) => {
    const file = await open(path, 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  },
  close: closeSync,
  inodeAt: (path) => statSync(path, { bigint: true, throwIfNoEntry: false })?.ino,
  rename: renameSync,
  remove: (path) => {
    rmSync(path, { force: true });
  },
};

const chunkBytes = 65_536;

function readFromStart(fd: number): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const chunk = Buffer.alloc(chunkBytes);
    const got = readSync(fd, chunk, 0, chunkBytes, at);
    if (got === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, got));
    at += got;
  }
}

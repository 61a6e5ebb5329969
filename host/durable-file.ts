/** A file that is always whole: after a crash at any moment it is the old one or the new one. */
import { dirname } from 'node:path';
import { errnoOf } from './host-read-error.ts';
import type { WriteCalls } from './write-calls.ts';

/** Replaces the file: what is new is on disk, and so is its name, before this returns. Throws what the system says. */
export function replaceDurably(path: string, text: string, calls: WriteCalls): void {
  const draft = `${path}.new`;
  try {
    const fd = calls.open(draft, 'create');
    try {
      calls.write(fd, text);
      calls.sync(fd);
    } finally {
      calls.close(fd);
    }
    calls.rename(draft, path);
  } catch (error) {
    removeQuietly(draft, calls);
    throw error;
  }
  syncFolder(dirname(path), calls);
}

/** Removes the file, durably. What is not there is fine. Throws what the system says. */
export function removeDurably(path: string, calls: WriteCalls): void {
  calls.remove(path);
  syncFolder(dirname(path), calls);
}

/** All bytes of the file; undefined when there is none. Throws what the system says. */
export function readWhole(path: string, calls: WriteCalls): Buffer | undefined {
  let fd: number;
  try {
    fd = calls.open(path, 'read');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return calls.read(fd);
  } finally {
    calls.close(fd);
  }
}

function syncFolder(folder: string, calls: WriteCalls): void {
  const fd = calls.open(folder, 'read');
  try {
    calls.sync(fd);
  } finally {
    calls.close(fd);
  }
}

/** The draft is of no worth: that it could not be written is what matters. */
function removeQuietly(draft: string, calls: WriteCalls): void {
  try {
    calls.remove(draft);
  } catch {
    // the first failure is the one that is told
  }
}

/** A file that is always whole: after a crash at any moment it is the old one or the new one. */
import { dirname } from 'node:path';
import { errnoOf } from './host-read-error.ts';
import type { WriteCalls } from './write-calls.ts';

/** Replaces the file: what is new is on disk, and so is its name, before this returns. Throws what the system says. */
export async function replaceDurably(path: string, text: string, calls: WriteCalls): Promise<void> {
  const draft = `${path}.new`;
  try {
    const fd = calls.open(draft, 'create');
    try {
      calls.write(fd, text);
    } finally {
      calls.close(fd);
    }
    await calls.sync(draft);
    calls.rename(draft, path);
  } catch (error) {
    removeQuietly(draft, calls);
    throw error;
  }
  await calls.sync(dirname(path));
}

/** Removes the file, durably. What is not there is fine. Throws what the system says. */
export async function removeDurably(path: string, calls: WriteCalls): Promise<void> {
  calls.remove(path);
  await calls.sync(dirname(path));
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

/** The draft is of no worth: that it could not be written is what matters. */
function removeQuietly(draft: string, calls: WriteCalls): void {
  try {
    calls.remove(draft);
  } catch {
    // the first failure is the one that is told
  }
}

/** Looking at a file once, where its absence or a refusal is itself the finding. */
import { nodeFileCalls, type FileCalls } from './file-calls.ts';
import { absentOrThrow, HostReadError } from './host-read-error.ts';

export type Probe =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'denied'; readonly path: string }
  | { readonly kind: 'failed'; readonly path: string; readonly code: string };

const largestProbeBytes = 256 * 1024;

/** The file's text, at most 256 KiB of it, or why there is none. Throws nothing but programming errors. */
export function readProbe(path: string, calls: FileCalls = nodeFileCalls): Probe {
  return settled(path, () => ({ kind: 'text', text: readWhole(path, calls) }));
}

/** Names of the folder's entries that are folders; none where it cannot be listed. */
export function listFolders(path: string, calls: FileCalls = nodeFileCalls): readonly string[] {
  try {
    return calls
      .list(path)
      .filter(({ isFolder }) => isFolder)
      .map(({ name }) => name);
  } catch (error) {
    ignoreUnreadable(error, path);
    return [];
  }
}

export function exists(path: string, calls: FileCalls = nodeFileCalls): boolean {
  try {
    return calls.stat(path) !== undefined;
  } catch (error) {
    ignoreUnreadable(error, path);
    return false;
  }
}

/** Target of a symbolic link; undefined where there is none or it may not be read. */
export function readLinkProbe(path: string, calls: FileCalls = nodeFileCalls): string | undefined {
  try {
    return calls.link(path);
  } catch (error) {
    ignoreUnreadable(error, path);
    return undefined;
  }
}

/** The text without surrounding space; undefined for anything but text. */
export function probedText(probe: Probe): string | undefined {
  return probe.kind === 'text' ? probe.text.trim() : undefined;
}

function readWhole(path: string, calls: FileCalls): string {
  const fd = calls.open(path);
  try {
    const buffer = Buffer.alloc(largestProbeBytes);
    let length = 0;
    while (length < buffer.length) {
      const got = calls.read(fd, buffer, length, buffer.length - length, length);
      if (got === 0) break;
      length += got;
    }
    return buffer.toString('utf8', 0, length);
  } finally {
    calls.close(fd);
  }
}

function settled(path: string, read: () => Probe): Probe {
  try {
    return read();
  } catch (error) {
    return failureOf(error, path);
  }
}

function failureOf(error: unknown, path: string): Probe {
  try {
    absentOrThrow(error, path);
    return { kind: 'absent' };
  } catch (failure) {
    if (!(failure instanceof HostReadError)) throw failure;
    return failure.kind === 'denied'
      ? { kind: 'denied', path }
      : { kind: 'failed', path, code: failure.code };
  }
}

/** A look that was refused shows nothing; anything but a refused or failed system call is a bug. */
function ignoreUnreadable(error: unknown, path: string): void {
  failureOf(error, path);
}

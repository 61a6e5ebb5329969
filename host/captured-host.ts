/** Lays a capture out as folders, so that a captured host is read by the code that reads a real one. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CaptureFormatError, parseCapture, type CapturedReading } from './capture-format.ts';
import type { Clock } from './clock.ts';
import { nodeFileCalls, type FileCalls } from './file-calls.ts';
import type { HostRoots } from './roots.ts';

/** One reading of a captured host, as a SampleReader takes it. */
export interface CapturedHost {
  readonly roots: HostRoots;
  /** Stands at the moment of the reading. */
  readonly clock: Clock;
  /** Show the inode numbers that were captured: the same cgroup is the same in every reading. */
  readonly calls: FileCalls;
}

/**
 * Writes each reading to `<directory>/reading-<n>`, which must not be there yet. Nothing is written outside: the format
 * has no links, and paths that would lead out are refused. Throws CaptureFormatError on a text that is not a capture,
 * or on errors of writing.
 */
export function unpackCapture(text: string, directory: string): CapturedHost[] {
  const readings = parseCapture(text);
  mkdirSync(directory, { recursive: true });
  return readings.map((reading, index) => unpackReading(reading, `${directory}/reading-${index + 1}`));
}

function unpackReading(reading: CapturedReading, folder: string): CapturedHost {
  mkdirSync(folder);
  for (const root of ['proc', 'sys', 'cgroup']) mkdirSync(`${folder}/${root}`);
  const inodes = new Map<string, bigint>();
  const paths = [...reading.entries.keys()].sort();
  for (const path of paths) {
    const entry = reading.entries.get(path);
    const full = `${folder}/${path}`;
    if (entry?.kind === 'dir') {
      inodes.set(full, entry.inode);
      place(path, () => mkdirSync(full, { recursive: true }));
    } else if (entry) {
      place(path, () => {
        mkdirSync(dirname(full), { recursive: true });
        writeFileSync(full, entry.text, { flag: 'wx' });
      });
    }
  }
  return {
    roots: { proc: `${folder}/proc`, sys: `${folder}/sys`, cgroup: `${folder}/cgroup` },
    clock: clockAt(reading),
    calls: withInodes(inodes),
  };
}

/** A file where the capture has a folder as well, or a name that no file system takes. */
function place(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' || code === 'ENOTDIR' || code === 'EISDIR' || code === 'ENAMETOOLONG') {
      throw new CaptureFormatError(0, `${path} cannot be a file or folder here (${code})`);
    }
    throw error;
  }
}

function clockAt({ monotonicNs, wallTimeMs }: CapturedReading): Clock {
  return {
    monotonicNs: () => monotonicNs,
    wallTimeMs: () => wallTimeMs,
    sleep: () => Promise.resolve(),
  };
}

function withInodes(inodes: ReadonlyMap<string, bigint>): FileCalls {
  return {
    ...nodeFileCalls,
    stat: (path) => {
      const stat = nodeFileCalls.stat(path);
      return stat && { ...stat, inode: inodes.get(path) ?? stat.inode };
    },
  };
}

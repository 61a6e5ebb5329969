/**
 * /proc/<pid>/mountinfo (man 5 proc_pid_mountinfo): what is mounted where, in the mount namespace of that process.
 *
 *     32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
 *     41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate
 *
 * Fields: mount id, parent id, device, root, mount point, options, any number of optional fields, `-`, file system
 * type, source, super block options. Space, tab, newline and backslash in names are octal: `\040`. The root is the
 * part of the file system that is seen at the mount point: for a cgroup mount anything but `/` is a partial view.
 */
import { KernelTextError } from './kernel-text-error.ts';
import { eachLine } from './lines.ts';

export interface Mount {
  readonly mountPoint: string;
  readonly root: string;
  readonly fsType: string;
  /** Options of the super block; for a v1 hierarchy its controllers are among them. */
  readonly superOptions: readonly string[];
}

/** Parses mountinfo, in the file's order: a later mount on the same point hides an earlier one. Throws KernelTextError. */
export function parseMountinfo(text: string, path: string): Mount[] {
  const mounts: Mount[] = [];
  eachLine(text, (line, lineNumber) => {
    mounts.push(parseMount(line, path, lineNumber));
    return undefined;
  });
  return mounts;
}

function parseMount(line: string, path: string, lineNumber: number): Mount {
  const separator = line.indexOf(' - ');
  const [, , , root, mountPoint] = line.slice(0, Math.max(0, separator)).split(' ', 6);
  const [fsType, , superOptions] = line.slice(separator + 3).split(' ');
  if (separator < 0 || !root || !mountPoint || !fsType || superOptions === undefined) {
    throw new KernelTextError(
      path,
      lineNumber,
      '"ID PARENT DEVICE ROOT POINT OPTIONS ... - TYPE SOURCE OPTIONS"',
      line,
    );
  }
  return {
    mountPoint: unescapeOctal(mountPoint),
    root: unescapeOctal(root),
    fsType: unescapeOctal(fsType),
    superOptions: superOptions.split(',').map(unescapeOctal),
  };
}

/** The name that the kernel escaped (seq_escape): each `\ooo` is the byte of that octal number. */
export function unescapeOctal(name: string): string {
  return name.replace(/\\([0-3][0-7]{2})/g, (_escape, octal: string) =>
    String.fromCharCode(parseInt(octal, 8)),
  );
}

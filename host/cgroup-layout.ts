/**
 * Where the hierarchies are that CPU accounting needs.
 *
 *   v2       one hierarchy: <root>/cgroup.controllers
 *   v1       one folder per controller or pair: <root>/cpu,cpuacct or <root>/cpu and <root>/cpuacct, <root>/cpuset
 *   hybrid   v1, and beside it <root>/unified, a v2 hierarchy that has PSI
 *
 * The mount table of this process says it for any folder names. It says nothing about a captured host or a fake
 * tree; there the folders are looked at.
 *
 * A container sees its own view: with a cgroup namespace, or a bind mount of a part, its own cgroup looks like the
 * root, `/` in mountinfo too, and the host's other containers are not below it. To see the host, mount the host's
 * cgroup root into the container and give it as --cgroup-root; `mountedFrom` other than `/` betrays a bind mount.
 */
import { nodeFileCalls, type FileCalls } from './file-calls.ts';
import { absentOrThrow } from './host-read-error.ts';
import { PseudoFilePool } from './pseudo-file.ts';
import type { HostRoots } from './roots.ts';
import { parseMountinfo, type Mount } from '../kernel/mountinfo.ts';
import type { CgroupVersion } from '../kernel/sample.ts';

/** Root folders of the hierarchies, without a slash at the end. */
export interface CgroupLayout {
  readonly version: CgroupVersion;
  /** The hierarchy of the cpu controller: containers are looked for here. */
  readonly cpu: string;
  /** Where usage is: v1 cpuacct, else the same as `cpu`. */
  readonly cpuacct?: string;
  readonly cpuset?: string;
  /** A v2 hierarchy, for cpu.pressure. */
  readonly pressure?: string;
  /** What part of the cpu hierarchy is mounted there, where the mount table tells. */
  readonly mountedFrom?: string;
}

/** Undefined when there is no hierarchy with CPU accounting below the root. Throws HostReadError, KernelTextError. */
export function readCgroupLayout(
  roots: HostRoots,
  calls: FileCalls = nodeFileCalls,
): CgroupLayout | undefined {
  const root = roots.cgroup.replace(/\/+$/, '');
  return layoutOfMounts(root, readMounts(roots.proc, calls)) ?? layoutOfFolders(root, calls);
}

function readMounts(proc: string, calls: FileCalls): Mount[] {
  const path = `${proc}/self/mountinfo`;
  const text = new PseudoFilePool({ limit: 0, calls }).file(path).readText();
  return text === undefined ? [] : parseMountinfo(text, path);
}

/** The layout by the mount table; undefined when no cgroup file system is mounted at or below the root. */
export function layoutOfMounts(root: string, mounts: readonly Mount[]): CgroupLayout | undefined {
  const below = mounts.filter(({ mountPoint }) => mountPoint === root || mountPoint.startsWith(`${root}/`));
  const v1 = (controller: string): Mount | undefined =>
    below.find(({ fsType, superOptions }) => fsType === 'cgroup' && superOptions.includes(controller));
  const v2 = below.find(({ fsType }) => fsType === 'cgroup2');
  const cpu = v1('cpu') ?? v2;
  if (!cpu) return undefined;
  return layoutOf({
    isV1: cpu !== v2,
    cpu: cpu.mountPoint,
    cpuacct: v1('cpuacct')?.mountPoint,
    cpuset: v1('cpuset')?.mountPoint,
    v2: v2?.mountPoint,
    mountedFrom: cpu.root,
  });
}

function layoutOfFolders(root: string, calls: FileCalls): CgroupLayout | undefined {
  const exists = (path: string): boolean => {
    try {
      return calls.stat(path) !== undefined;
    } catch (error) {
      absentOrThrow(error, path);
      return false;
    }
  };
  const folder = (...names: string[]): string | undefined =>
    names.map((name) => `${root}/${name}`).find(exists);
  if (exists(`${root}/cgroup.controllers`)) return layoutOf({ isV1: false, cpu: root, v2: root });
  const cpu = folder('cpu', 'cpu,cpuacct', 'cpuacct,cpu');
  if (cpu === undefined) return undefined;
  return layoutOf({
    isV1: true,
    cpu,
    cpuacct: folder('cpuacct', 'cpu,cpuacct', 'cpuacct,cpu'),
    cpuset: folder('cpuset'),
    v2: exists(`${root}/unified/cgroup.controllers`) ? `${root}/unified` : undefined,
  });
}

interface Hierarchies {
  readonly isV1: boolean;
  readonly cpu: string;
  readonly cpuacct?: string | undefined;
  readonly cpuset?: string | undefined;
  readonly v2?: string | undefined;
  readonly mountedFrom?: string;
}

function layoutOf({ isV1, cpu, cpuacct, cpuset, v2, mountedFrom }: Hierarchies): CgroupLayout {
  const version = !isV1 ? 'v2' : v2 === undefined ? 'v1' : 'hybrid';
  const usage = isV1 ? cpuacct : cpu;
  const cpus = cpuset ?? (isV1 ? undefined : cpu);
  return {
    version,
    cpu,
    ...(usage !== undefined && { cpuacct: usage }),
    ...(cpus !== undefined && { cpuset: cpus }),
    ...(v2 !== undefined && { pressure: v2 }),
    ...(mountedFrom !== undefined && { mountedFrom }),
  };
}

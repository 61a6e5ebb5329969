/**
 * The CPU settings of cgroups as they stand now, those that were configured and not only those in force. Read once per
 * call, nothing is kept: whoever plans a write must know what is there and not what was there.
 */
import {
  cgroupFilePath,
  cgroupFiles,
  type CgroupFile,
  type SettingsDraft,
  type TakeText,
} from './cgroup-files.ts';
import type { CgroupLayout } from './cgroup-layout.ts';
import { nodeFileCalls, type FileCalls } from './file-calls.ts';
import { absentOrThrow } from './host-read-error.ts';
import { PseudoFilePool } from './pseudo-file.ts';
import { parseCpuSet, type CpuSet } from '../kernel/cpu-set.ts';
import { KernelTextError } from '../kernel/kernel-text-error.ts';
import { onlyLine } from '../kernel/lines.ts';
import type { CpuQuota, CpuWeight } from '../kernel/sample.ts';

export interface GroupSettings {
  readonly path: string;
  /** Inode of its directory in the hierarchy of the cpu controller. */
  readonly cgroupId: bigint;
  readonly weight?: CpuWeight;
  readonly idle?: boolean;
  readonly quota?: CpuQuota;
  /** cpuset.cpus as written; empty on v2 is "as the parent". Absent: no cpuset controller here. */
  readonly configuredCpus?: CpuSet;
  readonly effectiveCpus?: CpuSet;
  readonly partition?: Partition;
}

export type Partition = 'member' | 'root' | 'isolated';

type Draft = SettingsDraft & { configuredCpus?: CpuSet; partition?: Partition };

/**
 * Of each cgroup that exists, in the order given. Throws HostReadError and KernelTextError: a setting that cannot be
 * read must not be taken for one that is not there.
 */
export function readGroupSettings(
  layout: CgroupLayout,
  paths: readonly string[],
  calls: FileCalls = nodeFileCalls,
): readonly GroupSettings[] {
  const pool = new PseudoFilePool({ limit: 0, calls });
  return paths.flatMap((path) => {
    const cgroupId = inodeOf(`${layout.cpu}${path}`, calls);
    if (cgroupId === undefined) return [];
    const draft: Draft = {};
    const take = (file: string | undefined, into: TakeText<Draft>): void => {
      const text = file === undefined ? undefined : pool.file(file).readText();
      if (file !== undefined && text !== undefined) into(text, file, draft);
    };
    for (const file of filesOf(layout)) take(cgroupFilePath(layout, file, path), file.taker());
    const { weight, idle, quota, allowedCpus, configuredCpus, partition } = draft;
    return [
      {
        path,
        cgroupId,
        ...(weight && { weight }),
        ...(idle !== undefined && { idle }),
        ...(quota && { quota }),
        ...(configuredCpus && { configuredCpus }),
        ...(allowedCpus && { effectiveCpus: allowedCpus }),
        ...(partition && { partition }),
      },
    ];
  });
}

/** The cgroups at these paths and everything between them and the root, the root included: parents before children. */
export function pathsDownTo(paths: readonly string[], root: string): readonly string[] {
  const prefix = root.replace(/\/+$/, '');
  const all = new Set<string>();
  for (const path of paths) {
    if (path !== prefix && !path.startsWith(`${prefix}/`)) continue;
    for (let at = path; at.length >= prefix.length && at !== ''; at = at.slice(0, at.lastIndexOf('/')))
      all.add(at);
  }
  return [...all].sort();
}

const planning: readonly CgroupFile<Draft>[] = [
  {
    hierarchy: 'cpuset',
    name: 'cpuset.cpus',
    taker: () => (text, path, into) => {
      into.configuredCpus = parseCpuSet(text, path);
    },
  },
  {
    hierarchy: 'cpuset',
    name: 'cpuset.cpus.partition',
    taker: () => (text, path, into) => {
      into.partition = parsePartition(text, path);
    },
  },
];

const filesOf = ({ version }: CgroupLayout): readonly CgroupFile<Draft>[] => [
  ...cgroupFiles[version].settings,
  ...planning,
];

/** `member`, `root` or `isolated`; an invalid partition says so behind its name: `root invalid (...)`. */
function parsePartition(text: string, path: string): Partition {
  const line = onlyLine(text);
  const [word] = line.split(' ');
  if (word === 'member' || word === 'root' || word === 'isolated') return word;
  throw new KernelTextError(path, 1, 'member, root or isolated', line);
}

function inodeOf(folder: string, calls: FileCalls): bigint | undefined {
  try {
    return calls.stat(folder)?.inode;
  } catch (error) {
    absentOrThrow(error, folder);
    return undefined;
  }
}

/**
 * Finds the threads of cgroups. The cgroup lists them; but it writes 0 (v2) or nothing (v1) for a thread that the
 * reader's pid namespace does not show. A reader in a pid namespace of its own, with the host's /proc mounted
 * elsewhere, has to go the other way round: from each process to its cgroup.
 */
import { cgroupFilePath, cgroupFiles } from './cgroup-files.ts';
import type { CgroupLayout } from './cgroup-layout.ts';
import type { CgroupNode } from './cgroup-tree.ts';
import type { Clock } from './clock.ts';
import type { CollectorTally } from './collector-tally.ts';
import type { FileCalls } from './file-calls.ts';
import { absentOrThrow } from './host-read-error.ts';
import type { PseudoFile, PseudoFilePool } from './pseudo-file.ts';
import { parseProcCgroup, type ProcCgroupEntry } from '../kernel/proc-cgroup.ts';
import { parseTidList } from '../kernel/tid-list.ts';

export type Tids = readonly number[] | Uint32Array;

export interface ThreadFinder {
  /** Thread numbers below the proc root, perhaps repeated; 0 is a thread that is not visible. Undefined: not known. */
  tidsOf(cgroups: readonly CgroupNode[]): Tids | undefined;
  forget(cgroup: CgroupNode): void;
}

export interface ThreadFinderContext {
  readonly layout: CgroupLayout;
  readonly proc: string;
  readonly pool: PseudoFilePool;
  readonly calls: FileCalls;
  readonly clock: Clock;
  readonly tally: CollectorTally;
}

/** The finder for this proc root: the cgroups' lists, unless the root shows another pid namespace than ours. */
export function threadFinder(context: ThreadFinderContext, ownPid = process.pid): ThreadFinder {
  const pidThere = ownPidBelow(context);
  return pidThere === undefined || pidThere === `${ownPid}`
    ? new ListedThreads(context)
    : new WalkedThreads(context);
}

/** Our own pid as the proc root shows it; undefined for a captured or fake root, which has no such link. */
function ownPidBelow({ calls, proc }: ThreadFinderContext): string | undefined {
  try {
    return calls.link(`${proc}/self`);
  } catch {
    return undefined;
  }
}

export class ListedThreads implements ThreadFinder {
  readonly #context: ThreadFinderContext;
  readonly #lists = new Map<CgroupNode, PseudoFile>();

  constructor(context: ThreadFinderContext) {
    this.#context = context;
  }

  tidsOf(cgroups: readonly CgroupNode[]): Tids | undefined {
    const lists = cgroups.flatMap((cgroup) => {
      const listed = this.#context.tally.attempt(() => this.#readList(cgroup));
      return listed ? [listed] : [];
    });
    return lists.length > 1 ? lists.flatMap((list) => [...list]) : lists[0];
  }

  forget(cgroup: CgroupNode): void {
    for (const each of cgroup.withDescendants()) {
      this.#lists.get(each)?.close();
      this.#lists.delete(each);
    }
  }

  #readList(cgroup: CgroupNode): Uint32Array | undefined {
    const { layout, pool } = this.#context;
    let file = this.#lists.get(cgroup);
    if (!file) {
      const name = cgroupFiles[layout.version].threadList;
      file = pool.file(cgroupFilePath(layout, { hierarchy: 'cpu', name }, cgroup.path) ?? '');
      this.#lists.set(cgroup, file);
    }
    const length = file.readBytes();
    return length === undefined ? undefined : parseTidList(pool.bytes.subarray(0, length), file.path);
  }
}

/** Processes of one cgroup, and their threads as last listed. */
interface Members {
  /** As /proc/<pid>/cgroup says it, without the leading `/..` of another cgroup namespace. */
  readonly path: string;
  readonly isRelative: boolean;
  readonly pids: number[];
  tids: readonly number[] | undefined;
  listedNs: bigint;
}

const walkEveryNs = 5_000_000_000n;
const listEveryNs = 2_000_000_000n;

/**
 * Goes through all processes every 5 s and lists the threads of the wanted ones every 2 s: about 10 us per process.
 * A process whose threads are in several cgroups counts where its leader is.
 */
export class WalkedThreads implements ThreadFinder {
  readonly #context: ThreadFinderContext;
  /** By the last segment of the path. */
  #members = new Map<string, Members[]>();
  #walkedNs: bigint | undefined;

  constructor(context: ThreadFinderContext) {
    this.#context = context;
  }

  tidsOf(cgroups: readonly CgroupNode[]): Tids | undefined {
    const nowNs = this.#context.clock.monotonicNs();
    if (this.#walkedNs === undefined || nowNs - this.#walkedNs >= walkEveryNs) {
      this.#walkedNs = nowNs;
      this.#walk();
    }
    const members = cgroups.flatMap((cgroup) => this.#membersOf(cgroup.path));
    return members.flatMap((each) => this.#tidsOf(each, nowNs));
  }

  forget(): void {
    // Nothing is kept per cgroup for longer than a walk.
  }

  #walk(): void {
    this.#members = new Map();
    for (const name of this.#list(this.#context.proc)) {
      const pid = Number(name);
      if (!Number.isInteger(pid)) continue;
      const path = this.#context.tally.attempt(() => this.#readCgroupPath(pid));
      if (path !== undefined) this.#enter(pid, path);
    }
  }

  #readCgroupPath(pid: number): string | undefined {
    const path = `${this.#context.proc}/${pid}/cgroup`;
    const file = this.#context.pool.file(path);
    const text = file.readText();
    file.close();
    if (text === undefined) return undefined;
    return parseProcCgroup(text, path).find((entry) => this.#isCpuHierarchy(entry))?.path;
  }

  #isCpuHierarchy({ hierarchyId, controllers }: ProcCgroupEntry): boolean {
    return this.#context.layout.version === 'v2' ? hierarchyId === 0 : controllers.includes('cpu');
  }

  #enter(pid: number, seenPath: string): void {
    const path = seenPath.replace(/^(?:\/\.\.)+/, '');
    const isRelative = path !== seenPath;
    const key = lastSegment(path);
    const same = this.#members.get(key) ?? [];
    this.#members.set(key, same);
    const members = same.find((each) => each.path === path && each.isRelative === isRelative);
    if (members) members.pids.push(pid);
    else same.push({ path, isRelative, pids: [pid], tids: undefined, listedNs: 0n });
  }

  /** A path from above our cgroup namespace ends like the host's path: container ids make it unique. */
  #membersOf(cgroupPath: string): Members[] {
    const candidates = this.#members.get(lastSegment(cgroupPath)) ?? [];
    return candidates.filter(({ path, isRelative }) =>
      isRelative ? cgroupPath.endsWith(path) : cgroupPath === path,
    );
  }

  #tidsOf(members: Members, nowNs: bigint): readonly number[] {
    if (!members.tids || nowNs - members.listedNs >= listEveryNs) {
      members.listedNs = nowNs;
      members.tids = members.pids.flatMap((pid) =>
        this.#list(`${this.#context.proc}/${pid}/task`).map(Number).filter(Number.isInteger),
      );
    }
    return members.tids;
  }

  #list(folder: string): string[] {
    const { calls, tally } = this.#context;
    const names = tally.attempt(() => {
      try {
        return calls.list(folder).map((entry) => entry.name);
      } catch (error) {
        absentOrThrow(error, folder);
        return undefined;
      }
    });
    return names ?? [];
  }
}

function lastSegment(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

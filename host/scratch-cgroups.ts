/**
 * Cgroups for a short while: one parent whose name says which process made it, the groups below it, and all of it
 * removed at the end. A process that was killed cannot clean up, so whoever comes next removes what it left behind.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { CgroupLayout } from './cgroup-layout.ts';
import {
  CgroupWriteError,
  createCgroup,
  disableControllers,
  enableControllers,
  moveProcess,
  readAvailableControllers,
  removeCgroup,
} from './cgroup-writer.ts';
import type { CgroupSettings } from './cgroup-settings.ts';
import type { Clock } from './clock.ts';

export interface ScratchOptions {
  readonly layout: CgroupLayout;
  readonly clock: Clock;
  /** procfs of this process. */
  readonly proc: string;
  /** Names of the parents: `<prefix>-<pid>-<start time of that process>`. */
  readonly prefix: string;
  readonly settings?: CgroupSettings;
  /** Kill what still runs in cgroups that dead processes left; without it they stay as long as somebody is in them. */
  readonly endsLeftovers?: boolean;
}

export class ScratchCgroups {
  /** The parent, below the root: `/cpugap-demo-4711-880311`. */
  readonly path: string;
  readonly #layout: CgroupLayout;
  readonly #clock: Clock;
  /** Controllers that the root did not pass on before. */
  readonly #enabledAtRoot: readonly string[];

  /** Removes what dead processes left under this prefix and makes the parent. Throws CgroupWriteError. */
  static async open(options: ScratchOptions): Promise<ScratchCgroups> {
    const { layout, clock, proc, prefix, settings } = options;
    await removeLeftovers(options);
    const path = `/${prefix}-${process.pid}-${readStartTicks(proc, process.pid) ?? 0}`;
    const controllers = usableControllers(layout);
    const enabledAtRoot = enableControllers(layout, '', controllers);
    try {
      createCgroup(layout, path, settings);
      enableControllers(layout, path, controllers);
    } catch (error) {
      disableControllers(layout, '', enabledAtRoot);
      throw error;
    }
    return new ScratchCgroups(path, layout, clock, enabledAtRoot);
  }

  private constructor(path: string, layout: CgroupLayout, clock: Clock, enabledAtRoot: readonly string[]) {
    this.path = path;
    this.#layout = layout;
    this.#clock = clock;
    this.#enabledAtRoot = enabledAtRoot;
  }

  /** Makes a cgroup below the parent and returns its path. Throws CgroupWriteError. */
  create(name: string, settings: CgroupSettings = {}): string {
    const path = `${this.path}/${name}`;
    createCgroup(this.#layout, path, settings);
    return path;
  }

  /** Moves a whole process into a cgroup that `create` made. Throws CgroupWriteError. */
  place(path: string, pid: number): void {
    moveProcess(this.#layout, path, pid);
  }

  /** Removes one cgroup that `create` made; no process may be left in it. Throws CgroupWriteError. */
  async remove(path: string): Promise<void> {
    await removeCgroup(this.#layout, path, this.#clock);
  }

  /** Removes everything. The processes in it must have ended or be ending. Throws CgroupWriteError. */
  async close(): Promise<void> {
    await removeCgroup(this.#layout, this.path, this.#clock);
    try {
      disableControllers(this.#layout, '', this.#enabledAtRoot);
    } catch (error) {
      // Somebody else has come to use the controller meanwhile: then it stays on.
      if (!(error instanceof CgroupWriteError)) throw error;
    }
  }
}

function usableControllers(layout: CgroupLayout): readonly string[] {
  const available = readAvailableControllers(layout);
  return ['cpu', 'cpuset'].filter((controller) => available.includes(controller));
}

/** Parents under the prefix whose process is gone. One that still holds a process belongs to somebody: it stays. */
async function removeLeftovers(options: ScratchOptions): Promise<void> {
  const { layout, clock, proc, prefix, endsLeftovers = false } = options;
  const mounts = [layout.cpu, layout.cpuacct, layout.cpuset, layout.pressure].filter((m) => m !== undefined);
  const names = new Set(mounts.flatMap((mount) => readdirSync(mount)));
  for (const name of names) {
    const [, pid, startTicks] = new RegExp(`^${prefix}-([0-9]+)-([0-9]+)$`).exec(name) ?? [];
    if (pid === undefined || readStartTicks(proc, Number(pid)) === startTicks) continue;
    if (endsLeftovers) endProcesses(`${layout.cpu}/${name}`);
    await removeCgroup(layout, `/${name}`, clock).catch((error: unknown) => {
      if (!(error instanceof CgroupWriteError) || error.code !== 'EBUSY') throw error;
    });
  }
}

/** Kills every process of the cgroup and of those below it. */
function endProcesses(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) endProcesses(`${folder}/${entry.name}`);
  }
  const pids = readFileSync(`${folder}/cgroup.procs`, 'utf8').split('\n').filter(Boolean).map(Number);
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Start of the process in clock ticks since boot: with it, a pid names one process for good. */
function readStartTicks(proc: string, pid: number): string | undefined {
  try {
    const stat = readFileSync(`${proc}/${pid}/stat`, 'utf8');
    // Field 22; the second field is a name in brackets that may hold spaces and brackets.
    return stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .at(19);
  } catch {
    return undefined; // no such process
  }
}

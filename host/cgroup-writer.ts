/**
 * The one place that writes cgroups: creates and removes them, moves processes, sets their CPU controls. Everything
 * written is read back, because the kernel rounds, clamps and intersects: a write whose value does not stand there
 * afterwards has failed.
 */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import type { CgroupLayout } from './cgroup-layout.ts';
import { planControlWrites, type CgroupSettings } from './cgroup-settings.ts';
import type { Clock } from './clock.ts';

/** A write that the kernel refused, or took and did not keep. */
export class CgroupWriteError extends Error {
  override readonly name = 'CgroupWriteError';
  readonly path: string;
  readonly wanted: string;
  /** The errno name, where the kernel refused. */
  readonly code: string | undefined;

  constructor(path: string, wanted: string, why: string, cause?: unknown) {
    super(`${path}: ${wanted}: ${why}`, { cause });
    this.path = path;
    this.wanted = wanted;
    this.code = errnoOf(cause);
  }
}

/**
 * Makes the cgroup `path` (its parent must be there) in every hierarchy of the layout and applies `settings`. On v2 the controllers
 * must be on in its parent: see enableControllers. Leaves nothing behind when it fails. Throws CgroupWriteError.
 */
export function createCgroup(layout: CgroupLayout, path: string, settings: CgroupSettings = {}): void {
  const made: string[] = [];
  try {
    for (const folder of foldersOf(layout, path)) {
      change(folder, 'create', () => {
        mkdirSync(folder);
      });
      made.push(folder);
    }
    if (layout.version !== 'v2') inheritCpuset(layout, path);
    applyCgroupSettings(layout, path, settings);
  } catch (error) {
    for (const folder of made.reverse()) rmdirSync(folder);
    throw error;
  }
}

/** Writes what `settings` names, in an order that is valid from any state, and reads it back. Throws CgroupWriteError. */
export function applyCgroupSettings(layout: CgroupLayout, path: string, settings: CgroupSettings): void {
  for (const { controller, file, text, holds } of planControlWrites(layout.version, settings)) {
    const hierarchy = layout[controller];
    if (hierarchy === undefined) {
      throw new CgroupWriteError(path, `set ${file}`, `the ${controller} controller is not mounted`);
    }
    writeAndReadBack(`${hierarchy}${path}/${file}`, text, holds);
  }
}

/** Moves the whole process into the cgroup, in every hierarchy. Throws CgroupWriteError. */
export function moveProcess(layout: CgroupLayout, path: string, pid: number): void {
  for (const folder of foldersOf(layout, path)) {
    writeAndReadBack(`${folder}/cgroup.procs`, String(pid), (text) => text.split('\n').includes(String(pid)));
  }
}

/** How long a cgroup whose last process has just ended may stay busy. */
const busyRetries = 100;
const busyRetryMs = 20;

/**
 * Removes the cgroup and those below it from every hierarchy, waiting up to two seconds for processes that are
 * ending. What is not there is fine. Throws CgroupWriteError, with code EBUSY when a process is still in it.
 */
export async function removeCgroup(layout: CgroupLayout, path: string, clock: Clock): Promise<void> {
  for (const folder of foldersOf(layout, path)) {
    for (let retry = 0; ; retry++) {
      try {
        removeFolder(folder);
        break;
      } catch (error) {
        if (errnoOf(error) !== 'EBUSY' || retry === busyRetries) {
          throw new CgroupWriteError(folder, 'remove', reasonOf(error), error);
        }
        await clock.sleep(busyRetryMs);
      }
    }
  }
}

/** The CPU controllers that can be used here: on v2 what the root has, on v1 what is mounted. Throws CgroupWriteError. */
export function readAvailableControllers(layout: CgroupLayout): readonly string[] {
  if (layout.version !== 'v2') return layout.cpuset === undefined ? ['cpu'] : ['cpu', 'cpuset'];
  const file = `${layout.cpu}/cgroup.controllers`;
  return wordsOf(change(file, 'read', () => readFileSync(file, 'utf8')));
}

/**
 * v2: passes the controllers on to the children of `path` (`''` is the root), and returns those that were not passed
 * on before, for disableControllers. v1 has nothing to pass on. Throws CgroupWriteError.
 */
export function enableControllers(
  layout: CgroupLayout,
  path: string,
  controllers: readonly string[],
): readonly string[] {
  if (layout.version !== 'v2') return [];
  const file = `${layout.cpu}${path}/cgroup.subtree_control`;
  const passedOn = wordsOf(change(file, 'read', () => readFileSync(file, 'utf8')));
  const missing = controllers.filter((controller) => !passedOn.includes(controller));
  for (const controller of missing) {
    writeAndReadBack(file, `+${controller}`, (text) => wordsOf(text).includes(controller));
  }
  return missing;
}

/** Takes back what enableControllers did. Throws CgroupWriteError when somebody has come to depend on it. */
export function disableControllers(layout: CgroupLayout, path: string, controllers: readonly string[]): void {
  const file = `${layout.cpu}${path}/cgroup.subtree_control`;
  for (const controller of controllers) {
    writeAndReadBack(file, `-${controller}`, (text) => !wordsOf(text).includes(controller));
  }
}

const wordsOf = (text: string): readonly string[] => text.trim().split(' ');

/** A v1 cpuset begins with no CPU and no memory node, and takes no process before it has both. */
function inheritCpuset(layout: CgroupLayout, path: string): void {
  if (layout.cpuset === undefined) return;
  const own = `${layout.cpuset}${path}`;
  const parent = own.slice(0, own.lastIndexOf('/'));
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const text = change(`${parent}/${file}`, 'read', () => readFileSync(`${parent}/${file}`, 'utf8')).trim();
    writeAndReadBack(`${own}/${file}`, text, (readBack) => readBack.trim() === text);
  }
}

function foldersOf(layout: CgroupLayout, path: string): readonly string[] {
  const { cpu, cpuacct, cpuset, pressure } = layout;
  const mounts = [cpu, cpuacct, cpuset, pressure].filter((mount) => mount !== undefined);
  return [...new Set(mounts)].map((mount) => `${mount}${path}`);
}

function removeFolder(folder: string): void {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) removeFolder(`${folder}/${entry.name}`);
    }
    rmdirSync(folder);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

function writeAndReadBack(
  path: string,
  text: string,
  holds: (readBack: string, path: string) => boolean,
): void {
  const wanted = `write ${JSON.stringify(text)}`;
  change(path, wanted, () => {
    writeFileSync(path, text, { flag: 'r+' });
    const readBack = readFileSync(path, 'utf8');
    if (!holds(readBack, path)) throw new Error(`it holds ${JSON.stringify(readBack)}`);
  });
}

function change<Result>(path: string, wanted: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw new CgroupWriteError(path, wanted, reasonOf(error), error);
  }
}

function reasonOf(error: unknown): string {
  return errnoOf(error) ?? (error instanceof Error ? error.message : String(error));
}

function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

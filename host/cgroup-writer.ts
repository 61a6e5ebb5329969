/**
 * The one place that writes cgroups: creates and removes them, moves processes, sets their CPU controls. Everything
 * written is read back, because the kernel rounds, clamps and intersects: a write whose value does not stand there
 * afterwards has failed.
 */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import type { CgroupLayout } from './cgroup-layout.ts';
import { planControlWrites, type CgroupSettings } from './cgroup-settings.ts';
import type { Clock } from './clock.ts';
import { nodeWriteCalls, type WriteCalls } from './write-calls.ts';

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

/** One control file of one cgroup. */
export interface ControlFile {
  readonly controller: 'cpu' | 'cpuset';
  /** Path of the cgroup, as in CgroupSample. */
  readonly path: string;
  readonly file: string;
}

/** What stands in a control file, and which file it is: a re-created cgroup's has another inode. */
export interface ControlReading {
  readonly text: string;
  readonly inode: bigint;
}

/** Path of a control file. Throws CgroupWriteError where its controller is not mounted. */
export function controlFilePath(layout: CgroupLayout, { controller, path, file }: ControlFile): string {
  const hierarchy = layout[controller];
  if (hierarchy === undefined) {
    throw new CgroupWriteError(path, `use ${file}`, `the ${controller} controller is not mounted`);
  }
  return `${hierarchy}${path}/${file}`;
}

/** The bytes of a control file as they are; undefined when the file or its cgroup is gone. Throws CgroupWriteError. */
export function readControl(
  layout: CgroupLayout,
  file: ControlFile,
  calls: WriteCalls = nodeWriteCalls,
): ControlReading | undefined {
  const path = controlFilePath(layout, file);
  try {
    return withOpen(path, 'read', calls, (fd) => ({
      text: calls.read(fd).toString('latin1'),
      inode: calls.inode(fd),
    }));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw new CgroupWriteError(path, 'read', reasonOf(error), error);
  }
}

/**
 * Writes a control file if it is still the one with this inode, and returns what then stands in it. The check is on the
 * descriptor that is written, so that no cgroup that took the place of another is touched. Throws CgroupWriteError.
 */
export function writeControl(
  layout: CgroupLayout,
  file: ControlFile,
  text: string,
  inode: bigint,
  calls: WriteCalls = nodeWriteCalls,
): string {
  const path = controlFilePath(layout, file);
  const wanted = `write ${JSON.stringify(text)}`;
  try {
    return withOpen(path, 'change', calls, (fd) => {
      if (calls.inode(fd) !== inode) throw new Error('the cgroup was re-created');
      calls.write(fd, text);
      return calls.read(fd).toString('latin1');
    });
  } catch (error) {
    throw new CgroupWriteError(path, wanted, reasonOf(error), error);
  }
}

/** Inode of the cgroup's folder in the hierarchy of the cpu controller; undefined when it is gone. */
export function readCgroupId(
  layout: CgroupLayout,
  path: string,
  calls: WriteCalls = nodeWriteCalls,
): bigint | undefined {
  return calls.inodeAt(`${layout.cpu}${path}`);
}

function withOpen<Result>(
  path: string,
  how: 'read' | 'change',
  calls: WriteCalls,
  use: (fd: number) => Result,
): Result {
  const fd = calls.open(path, how);
  try {
    return use(fd);
  } finally {
    calls.close(fd);
  }
}

/** No such file, or a descriptor of one that was removed meanwhile. */
function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENODEV'].includes(errnoOf(error) ?? '');
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

/**
 * The BPF programs for the time of a demo: those that are pinned on this host, or else ones of our own, in a bpffs that is
 * mounted for the demo alone. To unmount it unloads them, so nothing of them can stay behind.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defaultPinFolder, ExactReader } from '../../host/exact-reader.ts';

export interface DemoPrograms {
  /** Reads them; absent where only kernel files are to be had. */
  readonly reader?: ExactReader;
  /** Which programs these are, or why there are none, as a part of a sentence. */
  readonly why: string;
  /** Unloads what was loaded. */
  close(): void;
}

export interface DemoProgramPlaces {
  /** Where programs may be pinned already. */
  readonly pins: string;
  /** The loader that `npm run build:bpf` makes; undefined where it has not. */
  readonly loader: string | undefined;
}

/** The loader beside the sources, or, when this is compiled, one folder further up. */
const builtLoader = ['../../agent/bpf/build/cpugap-bpf', '../../../agent/bpf/build/cpugap-bpf']
  .map((place) => fileURLToPath(new URL(place, import.meta.url)))
  .find((path) => existsSync(path));

export const demoProgramPlaces: DemoProgramPlaces = { pins: defaultPinFolder, loader: builtLoader };

const mountPrefix = 'cpugap-demo-bpf-';
/** Loading takes a second. */
const commandTimeoutMs = 20_000;

/** Throws nothing: what cannot be had is a reason. */
export function openDemoPrograms({ pins, loader }: DemoProgramPlaces = demoProgramPlaces): DemoPrograms {
  const reader = new ExactReader({ folder: pins });
  const pinned = reader.read();
  if (pinned.kind === 'counted') return { reader, why: `the programs pinned in ${pins}`, close: noop };
  const none = (reason: string): DemoPrograms => ({ why: `${pinned.reason}; ${reason}`, close: noop });
  if (process.getuid?.() !== 0) return none('to load them for the demo needs root');
  if (loader === undefined)
    return none('npm run build:bpf makes it, and then the demo loads them for itself');
  removeLeftMounts();
  return loadOwn(loader, none);
}

const noop = (): void => undefined;

function loadOwn(loader: string, none: (reason: string) => DemoPrograms): DemoPrograms {
  const mount = `${tmpdir()}/${mountPrefix}${process.pid}`;
  const close = (): void => {
    removeMount(mount);
  };
  mkdirSync(mount, { recursive: true, mode: 0o700 });
  const folder = `${mount}/pins`;
  const failure = run('mount', ['-t', 'bpf', 'cpugap-demo', mount]) ?? run(loader, ['load', '--pin', folder]);
  if (failure !== undefined) {
    close();
    return none(`loading them for the demo failed: ${failure}`);
  }
  return {
    reader: new ExactReader({ folder }),
    why: 'programs loaded for this demo and unloaded again',
    close,
  };
}

/** What went wrong, in the program's own words. */
function run(file: string, words: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(file, words, { encoding: 'utf8', timeout: commandTimeoutMs });
  if (status === 0) return undefined;
  const said = error?.message ?? stderr.trim();
  return said === '' ? `${file} ended with ${status ?? 'a signal'}` : said.replaceAll(/\s+/g, ' ');
}

/** Of demos that were killed and could not do it themselves. */
function removeLeftMounts(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(mountPrefix) ? name.slice(mountPrefix.length) : '';
    if (/^[0-9]+$/.test(pid) && !isDemo(pid)) removeMount(`${tmpdir()}/${name}`);
  }
}

/** A process of that number that is not this program is no demo: numbers are given out again. */
function isDemo(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('cpugap');
  } catch {
    return false;
  }
}

function removeMount(mount: string): void {
  spawnSync('umount', [mount], { stdio: 'ignore', timeout: commandTimeoutMs });
  try {
    rmdirSync(mount);
  } catch {
    // Not ours to remove, or gone already.
  }
}

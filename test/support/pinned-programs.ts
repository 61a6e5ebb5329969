/** The BPF programs in a pin folder of this process's own, loaded by the real loader and always removed. */
import { spawn, spawnSync, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { ExactReader, type ExactReading } from '../../host/exact-reader.ts';
import { parseBpfReading, type BpfFileName, type BpfReading } from '../../kernel/bpf-reading.ts';
import { machineTest, onlineCpus, whyNoCgroups } from './live-test.ts';

const source = fileURLToPath(new URL('../../agent/bpf', import.meta.url));
export const loaderFile = `${source}/build/cpugap-bpf`;
const bpffs = '/sys/fs/bpf';
/** Loading takes a second; a loader that hangs must not hang the machine's other tests. */
const loaderTimeoutMs = 30_000;

export interface LoaderResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class PinnedPrograms {
  readonly folder = `${bpffs}/cpugap-test-${process.pid}`;
  readonly #hasMounted: boolean;

  constructor() {
    this.#hasMounted = !isMounted();
    if (this.#hasMounted) run('mount', ['-t', 'bpf', 'bpf', bpffs]);
  }

  /** One command of the loader on this folder. */
  loader(command: string, ...options: readonly string[]): LoaderResult {
    const { status, stdout, stderr } = spawnSync(loaderFile, [command, '--pin', this.folder, ...options], {
      encoding: 'utf8',
      timeout: loaderTimeoutMs,
    });
    return { code: status, stdout, stderr };
  }

  /** The same without waiting for it. */
  async loaderBeside(command: string, ...options: readonly string[]): Promise<LoaderResult> {
    return collect(loaderFile, [command, '--pin', this.folder, ...options]);
  }

  /** Starts a load and kills it after so many milliseconds, if it has not ended by then. */
  loadFor(milliseconds: number): void {
    spawnSync(loaderFile, ['load', '--pin', this.folder], {
      timeout: milliseconds,
      killSignal: 'SIGKILL',
      stdio: 'ignore',
    });
  }

  read(): ExactReading {
    const reading = new ExactReader({ folder: this.folder }).read();
    if (reading.kind === 'none') throw new Error(reading.reason);
    return reading;
  }

  readFile(name: BpfFileName): BpfReading {
    const path = `${this.folder}/${name}`;
    return parseBpfReading(readFileSync(path), name, path);
  }

  /** Removes every pin, whatever state the loader left them in. */
  clear(): void {
    this.loader('unload');
    rmSync(this.folder, { recursive: true, force: true });
  }

  close(): void {
    this.clear();
    // Somebody else may have begun to use the mount.
    if (this.#hasMounted) spawnSync('umount', [bpffs]);
  }
}

export interface ProgramsCircumstances {
  readonly programs: PinnedPrograms;
  readonly online: readonly number[];
}

/** Adds a test that has the machine and a pin folder to itself. */
export function programsTest(
  t: Test,
  name: string,
  cpus: number,
  run: (t: Test, circumstances: ProgramsCircumstances) => Promise<void>,
): void {
  const online = onlineCpus();
  const why = whyNoCgroups() ?? whyNoPrograms() ?? (online.length < cpus ? `needs ${cpus} CPUs` : undefined);
  machineTest(t, name, why, async (t) => {
    const programs = new PinnedPrograms();
    try {
      await run(t, { programs, online });
    } finally {
      programs.close();
    }
  });
}

let whyNot: { readonly reason: string | undefined } | undefined;

/** Why the programs cannot be built or loaded here. Builds them where that has not been done. */
export function whyNoPrograms(): string | undefined {
  whyNot ??= { reason: findWhyNot() };
  return whyNot.reason;
}

function findWhyNot(): string | undefined {
  if (!existsSync('/sys/kernel/btf/vmlinux')) return 'needs a kernel with BTF (/sys/kernel/btf/vmlinux)';
  const { status, stderr, error } = spawnSync('make', ['--silent', '-C', source], { encoding: 'utf8' });
  if (status === 0) return undefined;
  const last = error?.message ?? stderr.trim().split('\n').at(-1);
  return `the programs cannot be built (needs clang, bpftool, libbpf-dev, libelf-dev, zlib1g-dev): ${last ?? ''}`;
}

/** Runs a program to its end. */
export async function collect(
  file: string,
  words: readonly string[],
  options: Pick<SpawnOptions, 'uid' | 'gid'> = {},
): Promise<LoaderResult> {
  const child = spawn(file, words, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: loaderTimeoutMs,
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** Runs a program and throws with its own words where it fails. */
export function run(file: string, words: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(file, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} ${words.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}

function isMounted(): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${bpffs} `);
}

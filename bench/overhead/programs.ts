/** Loads and unloads the programs, and asks the kernel what they cost. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseProgramAccounts, type ProgramAccount } from './program-costs.ts';

export const loader = fileURLToPath(new URL('../../agent/bpf/build/cpugap-bpf', import.meta.url));
const statsSwitch = '/proc/sys/kernel/bpf_stats_enabled';

export class Programs {
  /** A bpffs of this run's own: to unmount it takes along whatever is pinned there. */
  readonly #mount = mkdtempSync(`${tmpdir()}/cpugap-overhead-`);
  readonly #pins = `${this.#mount}/pins`;
  readonly #foreign: ReadonlySet<number>;

  /** Throws where there is no bpffs to be had. */
  constructor() {
    try {
      run('mount', '-t', 'bpf', 'cpugap-overhead', this.#mount);
    } catch (error) {
      rmdirSync(this.#mount);
      throw error;
    }
    this.#foreign = new Set(allAccounts().map(({ id }) => id));
  }

  load(): void {
    run(loader, 'load', '--pin', this.#pins);
  }

  unload(): void {
    run(loader, 'unload', '--pin', this.#pins);
  }

  /** Of the programs that came after this was opened. */
  accounts(): readonly ProgramAccount[] {
    return allAccounts().filter(({ id }) => !this.#foreign.has(id));
  }

  /** Runs with the kernel counting what programs cost, and puts the switch back. */
  whileCounting<Result>(work: () => Result): Result {
    const before = readFileSync(statsSwitch, 'utf8');
    writeFileSync(statsSwitch, '1');
    try {
      return work();
    } finally {
      writeFileSync(statsSwitch, before);
    }
  }

  close(): void {
    spawnSync('umount', [this.#mount]);
    rmdirSync(this.#mount);
  }
}

const allAccounts = (): readonly ProgramAccount[] =>
  parseProgramAccounts(run('bpftool', 'prog', 'show', '-j'));

function run(file: string, ...words: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(file, words, {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  });
  if (status !== 0) throw new Error(`${file} ${words.join(' ')}: ${error?.message ?? stderr.trim()}`);
  return stdout;
}

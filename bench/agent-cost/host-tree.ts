/** Writes the made-up host as real folders and files, and moves its counters. */
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { HostShape } from './host-shape.ts';
import {
  cpuStatText,
  pressureText,
  procSchedstatText,
  procStatText,
  threadSchedstatText,
  type HostProgress,
} from './host-text.ts';

export interface HostTreeRoots {
  readonly proc: string;
  readonly sys: string;
  readonly cgroup: string;
}

interface MadeCgroup {
  readonly path: string;
  readonly quota: string;
  readonly tids: readonly number[];
}

/** TMPFS_MAGIC of linux/magic.h. */
const tmpfsMagic = 0x01021994;
const memoryFolder = '/dev/shm';

export class HostTree {
  readonly roots: HostTreeRoots;
  readonly folder: string;
  readonly #shape: HostShape;
  readonly #removeAtExit = (): void => {
    this.remove();
  };
  #progress: HostProgress = { rounds: 0, waitingRounds: 0 };

  /** False: trees are written to a disk's file system, whose reads may cost more. */
  static isInMemory(): boolean {
    try {
      return statfsSync(memoryFolder).type === tmpfsMagic;
    } catch {
      return false;
    }
  }

  /** Writes the whole tree into a new folder on tmpfs, or below the temporary folder where there is none. */
  constructor(shape: HostShape) {
    this.folder = mkdtempSync(join(HostTree.isInMemory() ? memoryFolder : tmpdir(), 'cpugap-host-'));
    this.#shape = shape;
    this.roots = {
      proc: join(this.folder, 'proc'),
      sys: join(this.folder, 'sys'),
      cgroup: join(this.folder, 'cgroup'),
    };
    // Also where an error or a signal ends this process: nobody else would give the memory back.
    process.once('exit', this.#removeAtExit);
    this.#writeHost();
    this.#writeCgroups();
    this.#writeThreads();
  }

  /** Lets one second pass on the host; while `everyoneWaits`, in every thread and every container's pressure. */
  advance(everyoneWaits: boolean): void {
    const { rounds, waitingRounds } = this.#progress;
    this.#progress = { rounds: rounds + 1, waitingRounds: waitingRounds + (everyoneWaits ? 1 : 0) };
    this.#writeCounters();
    if (everyoneWaits) this.#writeWaiting();
  }

  remove(): void {
    process.off('exit', this.#removeAtExit);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Every second container has a limit. */
  get #cgroups(): readonly MadeCgroup[] {
    const { slices, containers } = this.#shape;
    return [
      ...slices.map((path) => ({ path, quota: 'max', tids: [] })),
      ...containers.map(({ path, tids }, i) => ({ path, tids, quota: i % 2 === 0 ? '200000' : 'max' })),
    ];
  }

  #writeCounters(): void {
    const { cpus } = this.#shape.size;
    overwrite(`${this.roots.proc}/stat`, procStatText(cpus, this.#progress));
    overwrite(`${this.roots.proc}/schedstat`, procSchedstatText(cpus, this.#progress));
    const [unlimited, limited] = [cpuStatText(false, this.#progress), cpuStatText(true, this.#progress)];
    for (const { path, quota } of this.#cgroups) {
      overwrite(`${this.roots.cgroup}${path}/cpu.stat`, quota === 'max' ? unlimited : limited);
    }
  }

  #writeWaiting(): void {
    const pressure = pressureText(this.#progress);
    overwrite(`${this.roots.proc}/pressure/cpu`, pressure);
    for (const { path } of this.#cgroups) overwrite(`${this.roots.cgroup}${path}/cpu.pressure`, pressure);
    for (const { tids } of this.#shape.containers) {
      for (const tid of tids) overwrite(this.#schedstatOf(tid), threadSchedstatText(tid, this.#progress));
    }
  }

  #writeHost(): void {
    const { cpus } = this.#shape.size;
    const files: Readonly<Record<string, string>> = {
      'proc/stat': procStatText(cpus, this.#progress),
      'proc/schedstat': procSchedstatText(cpus, this.#progress),
      'proc/pressure/cpu': pressureText(this.#progress),
      'proc/sys/kernel/random/boot_id': '5d0c3c6e-6f64-4d1e-8b1c-0a7f9a4f2c11\n',
      'proc/sys/kernel/osrelease': '6.12.0\n',
      'sys/devices/system/cpu/online': `0-${cpus - 1}\n`,
      'cgroup/cgroup.controllers': 'cpuset cpu io memory pids\n',
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), text);
    }
  }

  #writeCgroups(): void {
    for (const cgroup of this.#cgroups) this.#writeCgroup(cgroup);
  }

  #writeCgroup({ path, quota, tids }: MadeCgroup): void {
    const folder = this.roots.cgroup + path;
    mkdirSync(folder, { recursive: true });
    const files: Readonly<Record<string, string>> = {
      'cpu.stat': cpuStatText(quota !== 'max', this.#progress),
      'cpu.stat.local': 'throttled_usec 50000000\n',
      'cpu.pressure': pressureText(this.#progress),
      'cpu.weight': '39\n',
      'cpu.idle': '0\n',
      'cpu.max': `${quota} 100000\n`,
      'cpu.max.burst': '0\n',
      'cpuset.cpus.effective': `0-${this.#shape.size.cpus - 1}\n`,
      'cgroup.threads': tids.map((tid) => `${tid}\n`).join(''),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(`${folder}/${name}`, text);
  }

  #writeThreads(): void {
    for (const { tids } of this.#shape.containers) {
      for (const tid of tids) {
        mkdirSync(`${this.roots.proc}/${tid}`);
        writeFileSync(this.#schedstatOf(tid), threadSchedstatText(tid, this.#progress));
      }
    }
  }

  #schedstatOf(tid: number): string {
    return `${this.roots.proc}/${tid}/schedstat`;
  }
}

/** In place: the reader's kept descriptor sees it, and the file is never empty. */
function overwrite(path: string, text: string): void {
  const fd = openSync(path, 'r+');
  try {
    writeSync(fd, text, 0);
  } finally {
    closeSync(fd);
  }
}

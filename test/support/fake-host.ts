import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Clock } from '../../host/clock.ts';
import type { HostRoots } from '../../host/roots.ts';
import type { CgroupVersion } from '../../kernel/sample.ts';

type Files = Readonly<Record<string, string>>;

const noPressure =
  'some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n';

/** What the kernel shows for a cgroup in which nothing happened yet, per hierarchy below the cgroup root. */
const freshCgroup: Readonly<Record<CgroupVersion, Readonly<Record<string, Files>>>> = {
  v2: {
    '': {
      'cpu.stat':
        'usage_usec 0\nuser_usec 0\nsystem_usec 0\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\nnr_bursts 0\nburst_usec 0\n',
      'cpu.stat.local': 'throttled_usec 0\n',
      'cpu.pressure': noPressure,
      'cpu.weight': '100\n',
      'cpu.idle': '0\n',
      'cpu.max': 'max 100000\n',
      'cpu.max.burst': '0\n',
      'cpuset.cpus.effective': '0-1\n',
      'cgroup.threads': '',
    },
  },
  v1: {
    'cpu,cpuacct': {
      'cpuacct.usage': '0\n',
      'cpu.stat': 'nr_periods 0\nnr_throttled 0\nthrottled_time 0\n',
      'cpu.shares': '1024\n',
      'cpu.cfs_period_us': '100000\n',
      'cpu.cfs_quota_us': '-1\n',
      tasks: '',
    },
    cpuset: { 'cpuset.effective_cpus': '0-1\n' },
  },
  hybrid: {
    cpu: {
      'cpu.stat': 'nr_periods 0\nnr_throttled 0\nthrottled_time 0\nnr_bursts 0\nburst_time 0\n',
      'cpu.stat.local': 'throttled_time 0\n',
      'cpu.shares': '1024\n',
      'cpu.idle': '0\n',
      'cpu.cfs_period_us': '100000\n',
      'cpu.cfs_quota_us': '-1\n',
      'cpu.cfs_burst_us': '0\n',
      tasks: '',
    },
    cpuacct: { 'cpuacct.usage': '0\n' },
    cpuset: { 'cpuset.effective_cpus': '0-1\n' },
    unified: { 'cpu.pressure': noPressure, 'cgroup.events': 'populated 1\nfrozen 0\n' },
  },
};

const hostFiles: Files = {
  'proc/stat': 'cpu  3 0 3 14 0 0 0 0 0 0\ncpu0 1 0 1 7 0 0 0 0 0 0\ncpu1 2 0 2 7 0 0 0 0 0 0\nbtime 1\n',
  'proc/pressure/cpu': noPressure,
  'proc/sys/kernel/osrelease': '6.18.0-test\n',
  'proc/sys/kernel/random/boot_id': '11111111-2222-3333-4444-555555555555\n',
  'sys/devices/system/cpu/online': '0-1\n',
};

/** A host made of plain files in a temporary folder. */
export class FakeHost {
  readonly folder: string;
  readonly roots: HostRoots;
  readonly version: CgroupVersion;

  constructor(version: CgroupVersion) {
    this.version = version;
    this.folder = mkdtempSync(join(tmpdir(), `cpugap-${version}-`));
    this.roots = {
      proc: join(this.folder, 'proc'),
      sys: join(this.folder, 'sys'),
      cgroup: join(this.folder, 'sys/fs/cgroup'),
    };
    for (const [path, text] of Object.entries(hostFiles)) this.put(path, text);
    for (const hierarchy of Object.keys(freshCgroup[version])) {
      mkdirSync(join(this.roots.cgroup, hierarchy), { recursive: true });
    }
    if (version === 'v2') this.put('sys/fs/cgroup/cgroup.controllers', 'cpuset cpu memory\n');
    if (version === 'hybrid') this.put('sys/fs/cgroup/unified/cgroup.controllers', '\n');
  }

  /** Writes a file below the folder. */
  put(path: string, text: string): void {
    const full = join(this.folder, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  }

  /** Makes a cgroup, and its ancestors, in every hierarchy. */
  addCgroup(path: string): void {
    const segments = path.slice(1).split('/');
    for (let depth = 1; depth <= segments.length; depth += 1) {
      this.#addOne(`/${segments.slice(0, depth).join('/')}`);
    }
  }

  removeCgroup(path: string): void {
    for (const hierarchy of Object.keys(freshCgroup[this.version])) {
      rmSync(join(this.roots.cgroup, hierarchy, path), { recursive: true });
    }
  }

  /** Writes a file of a cgroup, in the hierarchy that has it. */
  putCgroupFile(path: string, name: string, text: string): void {
    writeFileSync(this.cgroupFile(path, name), text);
  }

  removeCgroupFile(path: string, name: string): void {
    rmSync(this.cgroupFile(path, name));
  }

  cgroupFile(path: string, name: string): string {
    const hierarchy = Object.entries(freshCgroup[this.version]).find(([, files]) => name in files)?.[0];
    if (hierarchy === undefined) throw new Error(`no hierarchy of ${this.version} has ${name}`);
    return join(this.roots.cgroup, hierarchy, path, name);
  }

  /** Puts threads into a cgroup, with their schedstat. */
  putThreads(path: string, threads: Readonly<Record<number, string>>): void {
    const list = Object.keys(threads).map((tid) => `${tid}\n`);
    this.putCgroupFile(path, this.version === 'v2' ? 'cgroup.threads' : 'tasks', list.join(''));
    for (const [tid, schedstat] of Object.entries(threads))
      this.put(`proc/${tid}/schedstat`, `${schedstat}\n`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #addOne(path: string): void {
    for (const [hierarchy, files] of Object.entries(freshCgroup[this.version])) {
      const folder = join(this.roots.cgroup, hierarchy, path);
      if (!mkdirSync(folder, { recursive: true })) continue;
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    }
  }
}

/** A clock that stands still until it is moved. */
export class StillClock implements Clock {
  nowNs = 1_000_000_000_000n;

  monotonicNs(): bigint {
    return this.nowNs;
  }

  wallTimeMs(): number {
    return 1_700_000_000_000 + Number(this.nowNs / 1_000_000n);
  }

  sleep(ms: number): Promise<void> {
    this.advance(ms);
    return Promise.resolve();
  }

  advance(ms: number): void {
    this.nowNs += BigInt(Math.round(ms * 1e6));
  }
}

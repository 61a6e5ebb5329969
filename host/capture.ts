/**
 * Captures a host: every file that a sample or the topology is read from, of every cgroup and its threads, as one text
 * (capture-format.ts). It is the material of a bug report and of the tests. Two readings a moment apart are enough for
 * a ledger.
 */
import { cgroupFiles, type CgroupFiles } from './cgroup-files.ts';
import { readCgroupLayout, type CgroupLayout } from './cgroup-layout.ts';
import { CgroupTree } from './cgroup-tree.ts';
import { formatCapture, type CapturedEntry, type CapturedReading } from './capture-format.ts';
import { systemClock, type Clock } from './clock.ts';
import { nodeFileCalls, type FileCalls } from './file-calls.ts';
import { absentOrThrow, HostReadError } from './host-read-error.ts';
import { NameScrubber } from './name-scrubber.ts';
import { PseudoFilePool } from './pseudo-file.ts';
import type { HostRoots } from './roots.ts';
import { KernelTextError } from '../kernel/kernel-text-error.ts';
import { parseTidList } from '../kernel/tid-list.ts';

export interface CaptureOptions {
  /** Replace names of services, users, pods, containers and jobs, and drop what else says whose host it is. */
  readonly scrubNames: boolean;
  /** Default 1. */
  readonly readings?: number;
  /** Time between readings; default 1 s. */
  readonly intervalMs?: number;
  readonly clock?: Clock;
  readonly calls?: FileCalls;
}

/** Files that are read whole; those of scrubbed captures pass through `hide` first. */
interface HostFile {
  readonly path: string;
  readonly keep?: (text: string) => string;
  readonly hide?: (text: string, scrubber: NameScrubber) => string;
}

const hostFiles: readonly HostFile[] = [
  { path: 'proc/stat', keep: (text) => linesWhere(text, (line) => !/^(?:intr|softirq) /.test(line)) },
  { path: 'proc/schedstat' },
  { path: 'proc/pressure/cpu' },
  { path: 'proc/version', hide: hideBuilder },
  { path: 'proc/cmdline', hide: hideParameters },
  { path: 'proc/cpuinfo', keep: keepCpuModel },
  { path: 'proc/self/mountinfo', keep: keepCgroupMounts, hide: hideMountRoots },
  { path: 'proc/sys/kernel/osrelease' },
  { path: 'proc/sys/kernel/random/boot_id', hide: (text, scrubber) => scrubber.scrubIds(text) },
  { path: 'proc/sys/kernel/sched_schedstats' },
  { path: 'sys/devices/system/cpu/online' },
  { path: 'sys/devices/system/cpu/present' },
  { path: 'sys/devices/system/cpu/possible' },
  { path: 'sys/devices/system/cpu/isolated' },
  { path: 'sys/devices/system/cpu/nohz_full' },
  { path: 'sys/devices/system/cpu/smt/active' },
];

/** Folders of sysfs by number, and the files of interest in each. */
const cpuFiles = ['topology/physical_package_id', 'topology/core_id', 'topology/thread_siblings_list'];
const cacheFiles = ['level', 'type', 'shared_cpu_list', 'size'];

/** Beside what a sample is read from: what explains it. */
const explainingFiles = [
  'cgroup.controllers',
  'cgroup.subtree_control',
  'cgroup.type',
  'cpuset.cpus',
  'cpuset.cpus.partition',
];

const limits = { maxDepth: 16, maxCgroups: 20_000 };
const maxThreads = 100_000;

/** The host as text. Files that are absent or cannot be read are left out. Throws HostReadError when nothing can be. */
export async function captureHost(roots: HostRoots, options: CaptureOptions): Promise<string> {
  const { clock = systemClock, calls = nodeFileCalls, readings = 1, intervalMs = 1000 } = options;
  const layout = readCgroupLayout(roots, calls);
  const scrubber = options.scrubNames ? new NameScrubber() : undefined;
  const taken: CapturedReading[] = [];
  for (let reading = 0; reading < readings; reading += 1) {
    if (reading > 0) await clock.sleep(intervalMs);
    const monotonicNs = clock.monotonicNs();
    const wallTimeMs = clock.wallTimeMs();
    const capture = new HostCapture(roots, calls, scrubber);
    if (layout) capture.takeCgroups(layout);
    capture.takeHost();
    taken.push({ monotonicNs, wallTimeMs, isScrubbed: options.scrubNames, entries: capture.entries });
  }
  return formatCapture(taken);
}

class HostCapture {
  readonly entries = new Map<string, CapturedEntry>();
  readonly #roots: HostRoots;
  readonly #calls: FileCalls;
  readonly #pool: PseudoFilePool;
  readonly #scrubber: NameScrubber | undefined;
  #threads = 0;

  constructor(roots: HostRoots, calls: FileCalls, scrubber: NameScrubber | undefined) {
    this.#roots = roots;
    this.#calls = calls;
    this.#pool = new PseudoFilePool({ limit: 0, calls });
    this.#scrubber = scrubber;
  }

  takeHost(): void {
    for (const { path, keep, hide } of hostFiles) {
      const text = this.#read(this.#real(path));
      if (text === undefined) continue;
      const kept = keep ? keep(text) : text;
      this.#put(path, this.#scrubber && hide ? hide(kept, this.#scrubber) : kept);
    }
    for (const cpu of this.#list('sys/devices/system/cpu', /^cpu[0-9]+$/)) {
      for (const file of cpuFiles) this.#take(`${cpu}/${file}`);
      for (const cache of this.#list(`${cpu}/cache`, /^index[0-9]+$/)) {
        for (const file of cacheFiles) this.#take(`${cache}/${file}`);
      }
    }
    for (const node of this.#list('sys/devices/system/node', /^node[0-9]+$/)) this.#take(`${node}/cpulist`);
  }

  takeCgroups(layout: CgroupLayout): void {
    for (const [folder, names] of filesByFolder(layout)) {
      const tree = new CgroupTree(folder, this.#calls, limits, () => undefined);
      tree.walk();
      const nodes = [...tree.root.withDescendants()].sort((a, b) => (a.path < b.path ? -1 : 1));
      for (const { path, cgroupId } of nodes) {
        this.#takeCgroup(layout, folder, path, cgroupId, names);
      }
    }
  }

  #takeCgroup(
    layout: CgroupLayout,
    folder: string,
    path: string,
    cgroupId: bigint,
    names: ReadonlySet<string>,
  ): void {
    const hierarchy = folder.slice(this.#roots.cgroup.replace(/\/+$/, '').length);
    const shown = `cgroup${hierarchy}${this.#scrubber?.scrubPath(path) ?? path}`;
    if (path !== '') this.entries.set(shown, { kind: 'dir', inode: cgroupId });
    const { threadList } = cgroupFiles[layout.version];
    for (const name of names) {
      // The root's threads are the kernel's and those of nobody's container.
      if (path === '' && name === threadList) continue;
      const text = this.#read(`${folder}${path}/${name}`);
      if (text === undefined) continue;
      this.#put(`${shown}/${name}`, text);
      if (name === threadList) this.#takeThreads(text, `${folder}${path}/${name}`);
    }
  }

  #takeThreads(list: string, path: string): void {
    for (const tid of this.#parseTids(list, path)) {
      if (tid === 0 || this.#threads >= maxThreads) continue;
      this.#threads += 1;
      this.#take(`proc/${tid}/schedstat`);
    }
  }

  #parseTids(list: string, path: string): Iterable<number> {
    try {
      return parseTidList(list, path);
    } catch (error) {
      if (error instanceof KernelTextError) return [];
      throw error;
    }
  }

  #take(path: string): void {
    const text = this.#read(this.#real(path));
    if (text !== undefined) this.#put(path, text);
  }

  #put(path: string, text: string): void {
    this.entries.set(path, { kind: 'file', text });
  }

  /** A file that cannot be read is left out, like one that is not there: the rest is still worth having. */
  #read(path: string): string | undefined {
    try {
      return this.#pool.file(path).readText();
    } catch (error) {
      if (error instanceof HostReadError) return undefined;
      throw error;
    }
  }

  /** Paths of the entries of a folder whose name fits, as they stand in the capture. */
  #list(folder: string, fits: RegExp): string[] {
    try {
      const names = this.#calls.list(this.#real(folder)).map(({ name }) => name);
      return names.filter((name) => fits.test(name)).map((name) => `${folder}/${name}`);
    } catch (error) {
      absentOrThrow(error, folder);
      return [];
    }
  }

  #real(path: string): string {
    const slash = path.indexOf('/');
    return (path.startsWith('proc/') ? this.#roots.proc : this.#roots.sys) + path.slice(slash);
  }
}

/** The files to take from each hierarchy; on v2, and on v1 with controllers together, one folder has several. */
function filesByFolder(layout: CgroupLayout): Map<string, Set<string>> {
  const folders = new Map<string, Set<string>>();
  const add = (folder: string | undefined, names: readonly string[]): void => {
    if (folder === undefined) return;
    const known = folders.get(folder) ?? new Set();
    folders.set(folder, new Set([...known, ...names, ...explainingFiles]));
  };
  const files = cgroupFiles[layout.version];
  for (const { hierarchy, name } of allRows(files)) add(layout[hierarchy], [name]);
  add(layout.cpu, [files.threadList]);
  return folders;
}

function allRows({ usage, bandwidth, throttling, pressure, settings }: CgroupFiles): {
  hierarchy: 'cpu' | 'cpuacct' | 'cpuset' | 'pressure';
  name: string;
}[] {
  return [usage, throttling, pressure, ...settings, ...(bandwidth ? [bandwidth] : [])];
}

/** `(user@host)` of whoever built the kernel. */
function hideBuilder(text: string): string {
  return text.replace(/\([^()\s]+@[^()\s]+\)/g, '(builder@host)');
}

const tellingParameters =
  /^(?:psi|isolcpus|nohz_full|nohz|rcu_nocbs|mitigations|nosmt|maxcpus|nr_cpus|preempt|skew_tick|cgroup_disable|cgroup_no_v1|cgroup_enable|systemd\.[a-z_]*cgroup[a-z_]*|schedstats|threadirqs|intel_pstate|amd_pstate|cpufreq\.default_governor|sched_[a-z_]+)(?:=|$)/;

/** Keeps the boot parameters that bear on CPU time; how many others there are is told, not which. */
function hideParameters(text: string): string {
  const parameters = text.trim().split(/\s+/);
  const kept = parameters.filter((parameter) => tellingParameters.test(parameter));
  return `${[...kept, `others_left_out=${parameters.length - kept.length}`].join(' ')}\n`;
}

function keepCpuModel(text: string): string {
  const [first = ''] = text.split('\n\n', 1);
  const wanted =
    /^(?:processor|vendor_id|cpu family|model|model name|siblings|cpu cores|CPU implementer|CPU part)\s*:/;
  return linesWhere(first, (line) => wanted.test(line));
}

function keepCgroupMounts(text: string): string {
  return linesWhere(text, (line) => / - cgroup2? /.test(line));
}

function linesWhere(text: string, isWanted: (line: string) => boolean): string {
  const lines = text.endsWith('\n') ? text.slice(0, -1) : text;
  return lines
    .split('\n')
    .filter(isWanted)
    .map((line) => `${line}\n`)
    .join('');
}

/** The fourth field is a cgroup path. */
function hideMountRoots(text: string, scrubber: NameScrubber): string {
  return text.replace(
    /^(\S+ \S+ \S+ )(\S+)/gm,
    (_line, before: string, root: string) => before + scrubber.scrubPath(root),
  );
}

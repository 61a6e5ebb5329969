/**
 * Control files that answer as the kernel does, by the model of the planner, and a state folder beside them, all in
 * memory. The n-th change can be made to fail, or to be the last thing that the process ever does.
 */
import type { CgroupLayout } from '../../host/cgroup-layout.ts';
import type { WriteCalls } from '../../host/write-calls.ts';
import type { CgroupVersion } from '../../kernel/sample.ts';
import { filesOf, knobOf, parseSetting } from '../../tuner/actuation/knob-files.ts';
import type { ActuationHost } from '../../tuner/actuation/actuation-host.ts';
import type { NodeView } from '../../tuner/observation/node-view.ts';
import { CgroupModel } from '../../tuner/plan/cgroup-model.ts';
import { knobs, type Knob, type Setting } from '../../tuner/plan/setting.ts';
import { formatCpuSet } from '../../kernel/cpu-set.ts';
import { errno } from './faulty-calls.ts';

const layouts: Readonly<Record<CgroupVersion, CgroupLayout>> = {
  v2: { version: 'v2', cpu: '/cg', cpuset: '/cg' },
  v1: { version: 'v1', cpu: '/cg/cpu', cpuset: '/cg/cpuset' },
  hybrid: { version: 'hybrid', cpu: '/cg/cpu', cpuset: '/cg/cpuset' },
};

export const stateFolder = '/state';

interface Control {
  readonly path: string;
  readonly file: string;
  readonly knob: Knob;
}

export class SimulatedCgroups implements WriteCalls {
  readonly layout: CgroupLayout;
  readonly model: CgroupModel;
  /** What is in the state folder. */
  readonly state = new Map<string, string>();
  /** Every change, in order: `write /cg/a/cpu.weight 100`, `sync /state/journal.new`. */
  log: string[] = [];
  /** Called before each change of a control file. */
  beforeWrite: (path: string) => void = () => undefined;
  changes = 0;
  isCrashed = false;
  #failAt = 0;
  #failCode = '';
  readonly #view: NodeView;
  readonly #open = new Map<number, string>();
  readonly #gone = new Set<string>();
  readonly #generation = new Map<string, number>();
  #nextFd = 100;

  constructor(view: NodeView, state: ReadonlyMap<string, string> = new Map()) {
    this.#view = view;
    this.layout = layouts[view.cgroupVersion];
    this.model = new CgroupModel(view);
    for (const [path, text] of state) this.state.set(path, text);
  }

  get host(): ActuationHost {
    return { layout: this.layout, stateFolder, bootId: 'this-boot', calls: this };
  }

  /** The n-th change from now fails with this code; with 'SIGKILL' it and all that follows never happen. */
  failNth(nth: number, code: string): void {
    this.#failAt = this.changes + nth;
    this.#failCode = code;
  }

  /** The process is started anew: its descriptors are gone, what it wrote is there. */
  restart(): void {
    this.isCrashed = false;
    this.#failAt = 0;
    this.#open.clear();
  }

  removeCgroup(path: string): void {
    this.#gone.add(path);
  }

  /** Another cgroup of the same path, with what the runtime gives it. */
  recreateCgroup(path: string): void {
    this.#generation.set(path, (this.#generation.get(path) ?? 0) + 1);
  }

  /** All control files with their texts. */
  texts(): ReadonlyMap<string, string> {
    const texts = new Map<string, string>();
    for (const { path } of this.#view.groups) {
      for (const knob of knobs) {
        for (const { file, controller } of filesOf(this.layout.version, knob)) {
          const text = this.#text({ path, file, knob });
          if (text !== undefined) texts.set(`${this.layout[controller]!}${path}/${file}`, text);
        }
      }
    }
    return texts;
  }

  open(path: string, how: 'read' | 'change' | 'create'): number {
    if (how === 'create') this.#change(`create ${path}`, () => this.state.set(path, ''));
    else this.#alive();
    if (path !== stateFolder && this.#read(path) === undefined) throw errno('ENOENT');
    this.#nextFd += 1;
    this.#open.set(this.#nextFd, path);
    return this.#nextFd;
  }

  read(fd: number): Buffer {
    this.#alive();
    const text = this.#read(this.#open.get(fd)!);
    if (text === undefined) throw errno('ENODEV');
    return Buffer.from(text, 'latin1');
  }

  write(fd: number, text: string): void {
    const path = this.#open.get(fd)!;
    const control = this.#controlAt(path);
    if (control) this.beforeWrite(path);
    this.#change(`write ${path} ${text}`, () => {
      if (control) this.#writeControl(control, text);
      else this.state.set(path, text);
    });
  }

  inode(fd: number): bigint {
    this.#alive();
    const path = this.#open.get(fd)!;
    return (
      BigInt(path.length * 7919 + Array.from(path).reduce((sum, c) => sum + c.charCodeAt(0), 0)) +
      this.#era(path)
    );
  }

  inodeAt(path: string): bigint | undefined {
    const group = this.#view.groups.find((each) => `${this.layout.cpu}${each.path}` === path);
    if (!group || this.#gone.has(group.path)) return undefined;
    return group.cgroupId + this.#era(`${path}/x`);
  }

  async sync(path: string): Promise<void> {
    this.#change(`sync ${path}`, () => undefined);
    return Promise.resolve();
  }

  close(fd: number): void {
    this.#open.delete(fd);
  }

  rename(from: string, to: string): void {
    this.#change(`rename ${from} ${to}`, () => {
      this.state.set(to, this.state.get(from)!);
      this.state.delete(from);
    });
  }

  remove(path: string): void {
    this.#change(`remove ${path}`, () => this.state.delete(path));
  }

  #alive(): void {
    if (this.isCrashed) throw errno('SIGKILL');
  }

  #change(what: string, act: () => void): void {
    this.#alive();
    this.changes += 1;
    if (this.changes === this.#failAt) {
      this.isCrashed = this.#failCode === 'SIGKILL';
      throw errno(this.#failCode);
    }
    this.log.push(what);
    act();
  }

  #era(file: string): bigint {
    const era = [...this.#generation].find(([path]) => file.includes(`${path}/`))?.[1] ?? 0;
    return BigInt(era) * 1_000_000_000n;
  }

  #read(path: string): string | undefined {
    const control = this.#controlAt(path);
    return control ? this.#text(control) : this.state.get(path);
  }

  #controlAt(path: string): Control | undefined {
    if (!path.startsWith('/cg')) return undefined;
    const file = path.slice(path.lastIndexOf('/') + 1);
    const folder = path.slice(0, path.lastIndexOf('/'));
    const root = [this.layout.cpu, this.layout.cpuset!].find((each) => `${folder}/`.startsWith(`${each}/`))!;
    const knob = knobOf(this.layout.version, file);
    return knob && { path: folder.slice(root.length), file, knob };
  }

  #text({ path, file, knob }: Control): string | undefined {
    if (this.#gone.has(path)) return undefined;
    const setting = this.model.setting(path, knob);
    if (!setting) {
      const isIdle = knob === 'weight' && this.model.setting(path, 'idle');
      return isIdle ? (this.layout.version === 'v2' ? '0\n' : '3\n') : undefined;
    }
    return textOf(setting, file);
  }

  #writeControl({ path, file, knob }: Control, text: string): void {
    if (this.#gone.has(path)) throw errno('ENODEV');
    const texts = filesOf(this.layout.version, knob).map((each) =>
      each.file === file ? text : this.#text({ path, file: each.file, knob })!,
    );
    const refusal = this.model.write(path, parseSetting(this.layout.version, knob, texts));
    if (refusal !== undefined) throw errno(refusal);
  }
}

/** As the kernel prints it. */
function textOf(setting: Setting, file: string): string {
  switch (setting.knob) {
    case 'weight':
      return `${setting.weight.kind === 'weight' ? setting.weight.weight : setting.weight.shares}\n`;
    case 'idle':
      return setting.idle ? '1\n' : '0\n';
    case 'quota':
      if (file === 'cpu.max') return `${setting.quotaUsec} ${setting.periodUsec}\n`;
      if (file === 'cpu.cfs_period_us') return `${setting.periodUsec}\n`;
      return setting.quotaUsec === 'max' ? '-1\n' : `${setting.quotaUsec}\n`;
    case 'burst':
      return `${setting.burstUsec}\n`;
    case 'cpus':
      return `${formatCpuSet(setting.cpus)}\n`;
    case 'partition':
      return `${setting.partition}\n`;
  }
}

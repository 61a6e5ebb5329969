/** Reads what a sample says about the host as a whole. */
import type { CgroupLayout } from './cgroup-layout.ts';
import type { Clock } from './clock.ts';
import type { CollectorTally } from './collector-tally.ts';
import type { PseudoFile, PseudoFilePool } from './pseudo-file.ts';
import { remembering } from './remembering.ts';
import type { HostRoots } from './roots.ts';
import { emptyCpuSet, parseCpuSet, type CpuSet } from '../kernel/cpu-set.ts';
import { parsePressure } from '../kernel/pressure.ts';
import { parseProcSchedstat } from '../kernel/proc-schedstat.ts';
import { parseProcStat } from '../kernel/proc-stat.ts';
import type { HostSample } from '../kernel/sample.ts';

export interface HostReaderContext {
  readonly roots: HostRoots;
  readonly layout: CgroupLayout;
  readonly pool: PseudoFilePool;
  readonly clock: Clock;
  readonly tally: CollectorTally;
}

type Identity = Pick<HostSample, 'bootId' | 'kernelRelease'>;

export class HostReader {
  readonly #context: HostReaderContext;
  readonly #stat: PseudoFile;
  readonly #schedstat: PseudoFile;
  readonly #pressure: PseudoFile;
  readonly #online: PseudoFile;
  readonly #parseOnline = remembering(parseCpuSet);
  #identity: Identity | undefined;

  constructor(context: HostReaderContext) {
    const { pool, roots } = context;
    this.#context = context;
    this.#stat = pool.file(`${roots.proc}/stat`);
    this.#schedstat = pool.file(`${roots.proc}/schedstat`);
    this.#pressure = pool.file(`${roots.proc}/pressure/cpu`);
    this.#online = pool.file(`${roots.sys}/devices/system/cpu/online`);
  }

  read(): HostSample {
    this.#identity ??= this.#readIdentity();
    const monotonicNs = this.#context.clock.monotonicNs();
    const cpus = this.#parse(this.#stat, parseProcStat)?.cpus ?? [];
    const runqueues = this.#parse(this.#schedstat, parseProcSchedstat)?.runqueues;
    const pressure = this.#parse(this.#pressure, parsePressure);
    return {
      monotonicNs,
      ...this.#identity,
      cgroupVersion: this.#context.layout.version,
      online: this.#readOnline() ?? { cpus: cpus.map(({ cpu }) => cpu) },
      cpus,
      ...(runqueues && { runqueues }),
      ...(pressure && { pressure }),
    };
  }

  #readOnline(): CpuSet | undefined {
    const online = this.#parse(this.#online, this.#parseOnline) ?? emptyCpuSet;
    return online.cpus.length > 0 ? online : undefined;
  }

  #readIdentity(): Identity {
    const bootId = this.#line('sys/kernel/random/boot_id');
    const kernelRelease = this.#line('sys/kernel/osrelease');
    return { ...(bootId !== undefined && { bootId }), ...(kernelRelease !== undefined && { kernelRelease }) };
  }

  #line(name: string): string | undefined {
    const file = this.#context.pool.file(`${this.#context.roots.proc}/${name}`);
    const text = this.#parse(file, (line) => line.trim());
    file.close();
    return text === '' ? undefined : text;
  }

  #parse<T>(file: PseudoFile, parse: (text: string, path: string) => T): T | undefined {
    return this.#context.tally.attempt(() => {
      const text = file.readText();
      return text === undefined ? undefined : parse(text, file.path);
    });
  }
}

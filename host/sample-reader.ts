/**
 * Reads a whole host into one Sample, synchronously, in one pass: descriptors are at their cheapest that way, and the
 * counters of one cgroup are read within microseconds of each other.
 */
import { CgroupReaders } from './cgroup-readers.ts';
import { ContainerDiscovery } from './container-discovery.ts';
import { ContainerRecords } from './container-records.ts';
import { readCgroupLayout, type CgroupLayout } from './cgroup-layout.ts';
import type { CgroupNode } from './cgroup-tree.ts';
import type { Clock } from './clock.ts';
import { CollectorTally } from './collector-tally.ts';
import { nodeFileCalls, type FileCalls } from './file-calls.ts';
import type { ExactReader, ExactReading, NoExactReading } from './exact-reader.ts';
import { HostReader } from './host-reader.ts';
import { PseudoFilePool, type PoolStats } from './pseudo-file.ts';
import { cgroupLimits, type ReservationSource } from './reservation-source.ts';
import type { HostRoots } from './roots.ts';
import { threadFinder } from './thread-finder.ts';
import { ThreadReader } from './thread-reader.ts';
import type { CgroupSample, CollectorReport, Sample } from '../kernel/sample.ts';

export interface SampleReaderOptions {
  readonly roots: HostRoots;
  readonly clock: Clock;
  /** Default: the limits that cgroups state themselves. */
  readonly reservations?: ReservationSource;
  readonly calls?: FileCalls;
  /** Reads the counters of the kernel's own programs too; without it, kernel files alone. */
  readonly exact?: ExactReader | undefined;
  /** Most descriptors kept open; default from RLIMIT_NOFILE. */
  readonly descriptorLimit?: number;
  /** Default 10 s. */
  readonly settingsEveryMs?: number;
  /** How often the whole cgroup tree is looked at; default 30 s. */
  readonly walkEveryMs?: number;
  /** Default 16 levels and 20,000 cgroups. */
  readonly maxDepth?: number;
  readonly maxCgroups?: number;
}

/** No cgroup hierarchy with CPU accounting was found below the cgroup root. */
export class NoCgroupsError extends Error {
  override readonly name = 'NoCgroupsError';

  constructor(root: string) {
    super(`no cgroup hierarchy with CPU accounting below ${root}; is --cgroup-root right?`);
  }
}

export class SampleReader {
  readonly layout: CgroupLayout;
  readonly #clock: Clock;
  readonly #pool: PseudoFilePool;
  readonly #reservations: ReservationSource;
  readonly #records: ContainerRecords;
  readonly #discovery: ContainerDiscovery;
  readonly #hostReader: HostReader;
  readonly #threadReader: ThreadReader;
  readonly #cgroupReaders: CgroupReaders;
  readonly #tallies: Readonly<Record<TallyName, CollectorTally>>;
  readonly #exact: ExactReader | undefined;
  #exactReading: ExactReading | NoExactReading = {
    kind: 'none',
    reason: 'nothing else was asked for',
    absent: true,
  };

  /** Throws NoCgroupsError when there is nothing to read, HostReadError when looking for it failed. */
  constructor(options: SampleReaderOptions) {
    const { roots, clock, calls = nodeFileCalls, descriptorLimit: limit } = options;
    const layout = readCgroupLayout(roots, calls);
    if (!layout) throw new NoCgroupsError(roots.cgroup);
    const pool = new PseudoFilePool({ calls, ...(limit !== undefined && { limit }) });
    const tallies = makeTallies(clock);
    this.layout = layout;
    this.#clock = clock;
    this.#pool = pool;
    this.#tallies = tallies;
    this.#exact = options.exact;
    this.#reservations = options.reservations ?? cgroupLimits;
    this.#records = new ContainerRecords(this.#reservations);
    this.#discovery = new ContainerDiscovery({
      folder: layout.cpu,
      calls,
      clock,
      tally: tallies.discovery,
      isNamed: (path) => this.#reservations.names?.(path) ?? false,
      walkEveryMs: options.walkEveryMs ?? 30_000,
      maxDepth: options.maxDepth ?? 16,
      maxCgroups: options.maxCgroups ?? 20_000,
    });
    this.#hostReader = new HostReader({ roots, layout, pool, clock, tally: tallies.host });
    this.#cgroupReaders = new CgroupReaders(
      { layout, pool, clock, counters: tallies.cgroups, settings: tallies.settings },
      this.#discovery,
      options.settingsEveryMs ?? 10_000,
    );
    const finder = threadFinder({ layout, proc: roots.proc, pool, calls, clock, tally: tallies.threads });
    this.#threadReader = new ThreadReader({ proc: roots.proc, pool, clock, tally: tallies.threads, finder });
  }

  /** Reads the host now; threads only of the containers whose path `wantThreads` accepts. Throws nothing of the host's. */
  read(wantThreads: (path: string) => boolean): Sample {
    this.#pool.beginPass();
    const wallTimeMs = this.#clock.wallTimeMs();
    const monotonicNs = this.#clock.monotonicNs();
    this.#refreshReservations();
    this.#discover();
    const host = this.#timed('host', () => this.#hostReader.read());
    this.#cgroupReaders.readSettingsInTurn();
    if (this.#exact) this.#exactReading = this.#timed('exact', () => this.#readExact());
    const samples = this.#timed('cgroups', () => this.#readCgroups());
    this.#timed('threads', () => {
      this.#readThreads(samples, wantThreads);
    });
    return {
      formatVersion: 1,
      wallTimeMs,
      monotonicNs,
      host: this.#exactReading.kind === 'counted' ? { ...host, exact: this.#exactReading.host } : host,
      containers: this.#records.record(this.#discovery.containers, samples, host.online),
      cgroups: [...samples.values()],
      collectors: this.#takeReports(),
    };
  }

  /** Whether shorter periods than those between samples would tell more: somebody waits, and the programs count it. */
  get wantsPeriods(): boolean {
    return this.#exact?.wantsPeriods ?? false;
  }

  /** Reads the exact counters between two samples, for the next of them. Throws nothing of the host's. */
  readPeriod(): void {
    this.#timed('exact', () => {
      this.#tallies.exact.countRead();
      this.#exact?.readPeriod();
    });
  }

  /** Why the last sample has no exact counters; undefined when it has them. */
  get noExactReason(): string | undefined {
    return this.#exactReading.kind === 'none' ? this.#exactReading.reason : undefined;
  }

  /** Has the settings of every cgroup read anew on the next tick: somebody has just changed them. */
  refreshSettings(): void {
    this.#cgroupReaders.forgetSettings();
  }

  stats(): PoolStats & { readonly cgroups: number; readonly containers: number } {
    return {
      ...this.#pool.stats(),
      cgroups: this.#cgroupReaders.count,
      containers: this.#discovery.containers.length,
    };
  }

  close(): void {
    this.#threadReader.close();
    this.#pool.close();
  }

  #refreshReservations(): void {
    const tally = this.#tallies.reservations;
    this.#timed('reservations', () => {
      if (!tally.attempt(() => this.#reservations.refresh?.())) return;
      this.#discovery.selectAnew();
      this.#records.forget();
    });
  }

  #discover(): void {
    if (this.#timed('discovery', () => this.#discovery.update())) this.#cgroupReaders.follow();
  }

  #readCgroups(): Map<CgroupNode, CgroupSample> {
    const samples = this.#cgroupReaders.read();
    if (this.#exactReading.kind === 'none') return samples;
    for (const [node, sample] of samples) {
      const exact = this.#exactReading.counters.get(sample.cgroupId);
      if (exact) samples.set(node, { ...sample, exact });
    }
    return samples;
  }

  #readExact(): ExactReading | NoExactReading {
    const reading = this.#exact?.read() ?? this.#exactReading;
    this.#tallies.exact.countRead();
    if (reading.kind === 'none' && !reading.absent) this.#tallies.exact.note(reading.reason);
    return reading;
  }

  #readThreads(samples: Map<CgroupNode, CgroupSample>, wantThreads: (path: string) => boolean): void {
    this.#threadReader.beginPass();
    for (const { node } of this.#discovery.containers) {
      const sample = samples.get(node);
      if (!sample || !wantThreads(node.path)) continue;
      const threads = this.#threadReader.read(node, this.#discovery.lookBelow(node));
      if (threads) samples.set(node, { ...sample, threads });
    }
  }

  #timed<T>(name: TallyName, work: () => T): T {
    const tally = this.#tallies[name];
    tally.begin();
    try {
      return work();
    } finally {
      tally.end();
    }
  }

  #takeReports(): CollectorReport[] {
    return Object.values(this.#tallies).map((tally) => tally.take());
  }
}

type TallyName = 'reservations' | 'discovery' | 'host' | 'exact' | 'cgroups' | 'settings' | 'threads';

function makeTallies(clock: Clock): Record<TallyName, CollectorTally> {
  const tally = (name: TallyName): CollectorTally => new CollectorTally(name, clock);
  return {
    reservations: tally('reservations'),
    discovery: tally('discovery'),
    host: tally('host'),
    exact: tally('exact'),
    cgroups: tally('cgroups'),
    settings: tally('settings'),
    threads: tally('threads'),
  };
}

/**
 * Reads one cgroup again and again, through descriptors that live as long as the cgroup.
 *
 * What need not be read is not: pressure only of containers, since that of a slice or pod adds nothing to theirs; and
 * cpu.stat.local, which cannot move without a quota, only while one is in force at the cgroup or above. On a host
 * without quotas this halves the reads. While it is not read, its last value is what it would say.
 */
import {
  cgroupFilePath,
  cgroupFiles,
  type CgroupFile,
  type SampleDraft,
  type SettingsDraft,
  type TakeText,
} from './cgroup-files.ts';
import type { CgroupLayout } from './cgroup-layout.ts';
import type { CgroupNode } from './cgroup-tree.ts';
import type { Clock } from './clock.ts';
import type { CollectorTally } from './collector-tally.ts';
import type { PseudoFile, PseudoFilePool } from './pseudo-file.ts';

interface OpenFile<Draft> {
  readonly file: PseudoFile;
  readonly take: TakeText<Draft>;
}

export interface CgroupReaderContext {
  readonly layout: CgroupLayout;
  readonly pool: PseudoFilePool;
  readonly clock: Clock;
  readonly counters: CollectorTally;
  readonly settings: CollectorTally;
}

export class CgroupReader {
  readonly node: CgroupNode;
  readonly #context: CgroupReaderContext;
  readonly #usage: OpenFile<SampleDraft> | undefined;
  readonly #bandwidth: OpenFile<SampleDraft> | undefined;
  readonly #throttling: OpenFile<SampleDraft> | undefined;
  readonly #pressure: OpenFile<SampleDraft> | undefined;
  readonly #settingFiles: readonly OpenFile<SettingsDraft>[];
  #settings: Readonly<SettingsDraft> | undefined;
  #periods: number | undefined;
  #throttledSelfNs: bigint | undefined;
  #isLimited = true;

  constructor(node: CgroupNode, context: CgroupReaderContext) {
    this.node = node;
    this.#context = context;
    const files = cgroupFiles[context.layout.version];
    this.#usage = openFile(files.usage, node.path, context);
    this.#bandwidth = files.bandwidth && openFile(files.bandwidth, node.path, context);
    this.#throttling = openFile(files.throttling, node.path, context);
    this.#pressure = openFile(files.pressure, node.path, context);
    this.#settingFiles = files.settings.flatMap((file) => openFile(file, node.path, context) ?? []);
  }

  /** True when a quota was in force here or above in the last read, or may have been. */
  get isLimited(): boolean {
    return this.#isLimited;
  }

  /**
   * Reads the counters now, and the settings when they were never read or look stale. `undefined` when the cgroup turned
   * out to be gone, or another one to have taken its place: `isThere` is asked when a file is missing or opened anew.
   */
  read(options: {
    readonly isContainer: boolean;
    readonly isLimitedAbove: boolean;
    readonly isThere: () => boolean;
  }): SampleDraft | undefined {
    const { pool, clock, counters } = this.#context;
    const opensBefore = pool.opens;
    const { path, cgroupId } = this.node;
    const sample: SampleDraft = { path, cgroupId, monotonicNs: clock.monotonicNs() };
    readInto(this.#usage, sample, counters);
    readInto(this.#bandwidth, sample, counters);
    const settings = this.#currentSettings(sample.bandwidth?.periods);
    this.#isLimited = options.isLimitedAbove || this.#hasQuota(settings, sample.bandwidth?.periods);
    this.#periods = sample.bandwidth?.periods;
    this.#readThrottling(sample);
    if (options.isContainer && settings.isPressurePopulated !== false) {
      readInto(this.#pressure, sample, counters);
    }
    putSettings(settings, sample);
    const isDoubtful = sample.usageNs === undefined || pool.opens !== opensBefore;
    return isDoubtful && !options.isThere() ? undefined : sample;
  }

  readSettings(): Readonly<SettingsDraft> {
    const tally = this.#context.settings;
    tally.begin();
    const settings: SettingsDraft = {};
    for (const file of this.#settingFiles) readInto(file, settings, tally);
    this.#settings = settings;
    tally.end();
    return settings;
  }

  forgetSettings(): void {
    this.#settings = undefined;
  }

  close(): void {
    for (const open of [this.#usage, this.#bandwidth, this.#throttling, this.#pressure]) open?.file.close();
    for (const { file } of this.#settingFiles) file.close();
  }

  /** Periods are counted only while a quota is set: when they move although none is known, one was set. */
  #currentSettings(periods: number | undefined): Readonly<SettingsDraft> {
    const known = this.#settings;
    if (!known) return this.readSettings();
    return this.#haveMoved(periods) && !hasQuota(known) ? this.readSettings() : known;
  }

  #hasQuota(settings: Readonly<SettingsDraft>, periods: number | undefined): boolean {
    return hasQuota(settings) || this.#haveMoved(periods);
  }

  #haveMoved(periods: number | undefined): boolean {
    return periods !== undefined && periods !== this.#periods;
  }

  #readThrottling(sample: SampleDraft): void {
    if (this.#isLimited || this.#throttledSelfNs === undefined) {
      readInto(this.#throttling, sample, this.#context.counters);
      this.#throttledSelfNs = sample.throttledSelfNs;
    } else {
      sample.throttledSelfNs = this.#throttledSelfNs;
    }
  }
}

function hasQuota({ quota }: Readonly<SettingsDraft>): boolean {
  return quota !== undefined && quota.quotaUsec !== 'max';
}

/** Field by field: spreading costs microseconds, and this happens for every cgroup in every tick. */
function putSettings({ weight, idle, quota, allowedCpus }: Readonly<SettingsDraft>, into: SampleDraft): void {
  if (weight !== undefined) into.weight = weight;
  if (idle !== undefined) into.idle = idle;
  if (quota !== undefined) into.quota = quota;
  if (allowedCpus !== undefined) into.allowedCpus = allowedCpus;
}

function openFile<Draft>(
  file: CgroupFile<Draft>,
  cgroupPath: string,
  { layout, pool }: CgroupReaderContext,
): OpenFile<Draft> | undefined {
  const path = cgroupFilePath(layout, file, cgroupPath);
  return path === undefined ? undefined : { file: pool.file(path), take: file.taker() };
}

function readInto<Draft>(open: OpenFile<Draft> | undefined, into: Draft, tally: CollectorTally): void {
  if (!open) return;
  tally.countRead();
  try {
    const text = open.file.readText();
    if (text !== undefined) open.take(text, open.file.path, into);
  } catch (error) {
    tally.fail(error);
  }
}

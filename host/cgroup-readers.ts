/**
 * The readers of all cgroups of a sample: made and closed as cgroups come and go, read in path order, parents first.
 *
 * Counters are read every tick. Settings (weight, idle, quota, cpuset) are five to seven more files per cgroup, which
 * would double the cost of a tick; so they are read when a cgroup is new, when its quota periods move although no quota
 * is known, and else in turn, all of them once per `settingsEveryMs` but never fewer than 16 cgroups per tick: a
 * small host has them fresh each time.
 */
import { CgroupReader, type CgroupReaderContext } from './cgroup-reader.ts';
import type { CgroupNode } from './cgroup-tree.ts';
import type { ContainerDiscovery } from './container-discovery.ts';
import type { CgroupSample } from '../kernel/sample.ts';

/** Cgroups whose settings are read each tick at the least. */
const leastSettings = 16;

export class CgroupReaders {
  readonly #context: CgroupReaderContext;
  readonly #discovery: ContainerDiscovery;
  readonly #settingsEveryMs: number;
  #readers = new Map<CgroupNode, CgroupReader>();
  #inOrder: readonly CgroupReader[] = [];
  #turn = 0;
  #turnNs: bigint | undefined;

  constructor(context: CgroupReaderContext, discovery: ContainerDiscovery, settingsEveryMs: number) {
    this.#context = context;
    this.#discovery = discovery;
    this.#settingsEveryMs = settingsEveryMs;
  }

  get count(): number {
    return this.#inOrder.length;
  }

  /** Takes over which cgroups there are from the discovery. */
  follow(): void {
    const before = this.#readers;
    this.#readers = new Map();
    for (const node of this.#discovery.cgroups) {
      this.#readers.set(node, before.get(node) ?? new CgroupReader(node, this.#context));
      before.delete(node);
    }
    for (const reader of before.values()) reader.close();
    this.#inOrder = [...this.#readers.values()];
  }

  /** A sample of every cgroup that is still there, by node, in path order. */
  read(): Map<CgroupNode, CgroupSample> {
    const samples = new Map<CgroupNode, CgroupSample>();
    for (const reader of this.#inOrder) {
      const { node } = reader;
      const above = node.parent && this.#readers.get(node.parent);
      const sample = reader.read({
        isContainer: this.#discovery.isContainer(node),
        isLimitedAbove: above?.isLimited ?? false,
        isThere: () => this.#discovery.isThere(node),
      });
      if (sample) samples.set(node, sample);
    }
    return samples;
  }

  /** Reads the settings of those whose turn it is. */
  readSettingsInTurn(): void {
    const nowNs = this.#context.clock.monotonicNs();
    const elapsedMs = Number(nowNs - (this.#turnNs ?? nowNs)) / 1e6;
    this.#turnNs = nowNs;
    const share = Math.ceil((this.count * elapsedMs) / this.#settingsEveryMs);
    for (let left = Math.min(this.count, Math.max(leastSettings, share)); left > 0; left -= 1) {
      this.#turn = (this.#turn + 1) % this.count;
      this.#inOrder[this.#turn]?.readSettings();
    }
  }

  /** Has all settings read anew with the next samples. */
  forgetSettings(): void {
    for (const reader of this.#inOrder) reader.forgetSettings();
  }
}

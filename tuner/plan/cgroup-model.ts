/**
 * What the kernel does with a write to the CPU files of a cgroup: takes it, or refuses it with an errno. Tried against
 * Linux 6.18 by test/kernel-live/cgroup-model.test.ts. Plans are replayed on it, write by write, before they are done.
 *
 *   cpuset.cpus    v1: EBUSY below what a child has, EACCES beyond what the parent has, ENOSPC when emptied
 *                  v2: anything; see effective-cpus.ts for what comes of it
 *   quota          v1: EINVAL above the nearest quota above, or below one further down; v2: anything
 *   burst          EINVAL above the quota, from either side
 *   weight         EINVAL while idle; leaving the idle class puts the default weight there
 */
import type { CgroupVersion } from '../../kernel/sample.ts';
import type { NodeView } from '../observation/node-view.ts';
import { maskOf, isWithin, type CpuMask } from './cpu-mask.ts';
import { currentSetting, defaultWeight } from './current-setting.ts';
import { effectiveWithin, type CpusetState } from './effective-cpus.ts';
import { treeOf, withDescendants, type GroupTree, type TreeNode } from './group-tree.ts';
import { knobs, type Knob, type Setting } from './setting.ts';

export type KernelRefusal = 'ENOENT' | 'EINVAL' | 'EBUSY' | 'EACCES' | 'ENOSPC';

type SettingOf<K extends Knob> = Extract<Setting, { knob: K }>;
type GroupState = { [K in Knob]?: SettingOf<K> };

export class CgroupModel {
  readonly tree: GroupTree;
  readonly #version: CgroupVersion;
  readonly #online: CpuMask;
  readonly #states = new Map<TreeNode, GroupState>();
  readonly #configured = new Map<TreeNode, CpuMask>();
  readonly #effective = new Map<TreeNode, CpuMask | undefined>();
  readonly #partitions = new Set<TreeNode>();

  constructor(view: Pick<NodeView, 'cgroupVersion' | 'topology' | 'groups'>, tree: GroupTree = treeOf(view)) {
    this.tree = tree;
    this.#version = view.cgroupVersion;
    this.#online = maskOf(view.topology.online);
    for (const node of tree.nodes.values()) {
      const state: GroupState = {};
      for (const knob of knobs) put(state, currentSetting(node.group, knob));
      this.#states.set(node, state);
      if (state.cpus) this.#configured.set(node, maskOf(state.cpus.cpus));
      if ((state.partition?.partition ?? 'member') !== 'member') this.#partitions.add(node);
    }
    for (const root of tree.roots) this.#deriveEffective(root);
  }

  get cpusets(): CpusetState {
    return {
      version: this.#version,
      online: this.#online,
      configured: (node) => this.#configured.get(node),
      partitions: this.#partitions,
    };
  }

  setting(path: string, knob: Knob): Setting | undefined {
    const node = this.tree.nodes.get(path);
    return node && this.#states.get(node)?.[knob];
  }

  /** Undefined where the group has no cpuset. */
  effective(path: string): CpuMask | undefined {
    const node = this.tree.nodes.get(path);
    return node && this.#effective.get(node);
  }

  /** Writes one setting; what is refused changes nothing. */
  write(path: string, setting: Setting): KernelRefusal | undefined {
    const node = this.tree.nodes.get(path);
    const state = node && this.#states.get(node);
    if (!node || !state) return 'ENOENT';
    const refusal = this.#refusal(node, state, setting);
    if (refusal !== undefined) return refusal;
    put(state, setting);
    if (setting.knob === 'idle') this.#changeIdle(state, setting.idle);
    if (setting.knob === 'cpus') this.#changeCpus(node, maskOf(setting.cpus));
    if (setting.knob === 'partition') this.#changePartition(node, setting.partition !== 'member');
    return undefined;
  }

  #refusal(node: TreeNode, state: GroupState, setting: Setting): KernelRefusal | undefined {
    switch (setting.knob) {
      case 'weight':
        if (state.idle?.idle === true) return 'EINVAL';
        return state.weight === undefined ? 'ENOENT' : undefined;
      case 'idle':
        return state.idle === undefined ? 'ENOENT' : undefined;
      case 'quota':
        return this.#quotaRefusal(node, state, setting);
      case 'burst':
        if (state.burst === undefined) return 'ENOENT';
        return exceeds(setting.burstUsec, state.quota?.quotaUsec) ? 'EINVAL' : undefined;
      case 'cpus':
        return this.#cpusRefusal(node, maskOf(setting.cpus));
      case 'partition':
        return state.partition === undefined ? 'ENOENT' : undefined;
    }
  }

  #cpusRefusal(node: TreeNode, wanted: CpuMask): KernelRefusal | undefined {
    if (!this.#configured.has(node)) return 'ENOENT';
    if (this.#version === 'v2') return undefined;
    if (node.children.some((child) => !isWithin(this.#configured.get(child) ?? 0n, wanted))) return 'EBUSY';
    const above = node.parent ? this.#configured.get(node.parent) : this.#online;
    if (above !== undefined && !isWithin(wanted, above)) return 'EACCES';
    return wanted === 0n ? 'ENOSPC' : undefined;
  }

  #quotaRefusal(node: TreeNode, state: GroupState, quota: SettingOf<'quota'>): KernelRefusal | undefined {
    if (state.quota === undefined) return 'ENOENT';
    if (exceeds(state.burst?.burstUsec ?? 0, quota.quotaUsec)) return 'EINVAL';
    if (this.#version === 'v2') return undefined;
    const ratio = quotaRatio(quota);
    const above = this.#ratioAbove(node);
    if (ratio !== Infinity && ratio > above) return 'EINVAL';
    return this.#ratiosBelow(node).some((below) => below > Math.min(ratio, above)) ? 'EINVAL' : undefined;
  }

  /** The nearest quota above that is one. */
  #ratioAbove(node: TreeNode): number {
    for (let up = node.parent; up; up = up.parent) {
      const ratio = quotaRatio(this.#states.get(up)?.quota);
      if (ratio !== Infinity) return ratio;
    }
    return Infinity;
  }

  #ratiosBelow(node: TreeNode): readonly number[] {
    return [...withDescendants(node)]
      .filter((below) => below !== node)
      .map((below) => quotaRatio(this.#states.get(below)?.quota))
      .filter((ratio) => ratio !== Infinity);
  }

  #changeIdle(state: GroupState, idle: boolean): void {
    if (idle) delete state.weight;
    else state.weight ??= { knob: 'weight', weight: defaultWeight(this.#version) };
  }

  #changeCpus(node: TreeNode, cpus: CpuMask): void {
    this.#configured.set(node, cpus);
    this.#deriveEffective(this.#partitions.has(node) ? (node.parent ?? node) : node);
  }

  #changePartition(node: TreeNode, isPartition: boolean): void {
    if (isPartition) this.#partitions.add(node);
    else this.#partitions.delete(node);
    this.#deriveEffective(node.parent ?? node);
  }

  #deriveEffective(top: TreeNode): void {
    // What lies above the topmost group is never written, so what it has of it stays.
    const above = top.parent ? this.#effective.get(top.parent) : this.#givenTo(top);
    this.#effective.set(top, effectiveWithin(this.cpusets, top, above));
    for (const child of top.children) this.#deriveEffective(child);
  }

  #givenTo({ group }: TreeNode): CpuMask {
    return group.effectiveCpus ? maskOf(group.effectiveCpus) : this.#online;
  }
}

/** CPUs per period; without a quota, infinitely many. */
export function quotaRatio(quota: SettingOf<'quota'> | undefined): number {
  if (quota === undefined || quota.quotaUsec === 'max') return Infinity;
  return quota.quotaUsec / quota.periodUsec;
}

function exceeds(burstUsec: number, quotaUsec: number | 'max' | undefined): boolean {
  return typeof quotaUsec === 'number' && burstUsec > quotaUsec;
}

function put(state: GroupState, setting: Setting | undefined): void {
  if (setting) Object.assign(state, { [setting.knob]: setting });
}

/**
 * Which cgroups are containers, from tick to tick. Looking at every folder each tick costs 3 us per folder and 16 us
 * per listing; so each tick looks only at the folders that hold containers (slices, pods), by their link count, and
 * at a container itself when its files or threads gave reason to. Everything is looked at every `walkEveryMs`.
 *
 * A cgroup counts when its path says that a workload lives there and no workload is below it (kernel/cgroup-path.ts has
 * the rule). A cgroup that a person named counts as well, the outermost one named, unless a container is above or
 * below it. So nothing is counted twice.
 */
import type { Clock } from './clock.ts';
import type { CollectorTally } from './collector-tally.ts';
import { CgroupTree, type CgroupNode } from './cgroup-tree.ts';
import type { FileCalls } from './file-calls.ts';
import type { ContainerIdentity } from '../kernel/sample.ts';

export interface DiscoveryOptions {
  /** Root folder of the hierarchy of the cpu controller. */
  readonly folder: string;
  readonly calls: FileCalls;
  readonly clock: Clock;
  readonly tally: CollectorTally;
  /** True when a person named this cgroup as a container. */
  readonly isNamed: (path: string) => boolean;
  readonly walkEveryMs: number;
  readonly maxDepth: number;
  readonly maxCgroups: number;
}

export interface DiscoveredContainer {
  readonly node: CgroupNode;
  readonly identity: ContainerIdentity;
}

export class ContainerDiscovery {
  readonly #options: DiscoveryOptions;
  readonly #tree: CgroupTree;
  #nextWalkNs = 0n;
  #seenGeneration = -1;
  #containers: readonly DiscoveredContainer[] = [];
  #containerNodes: ReadonlySet<CgroupNode> = new Set();
  #cgroups: readonly CgroupNode[] = [];
  /** Folders in which containers may appear. */
  #watched: readonly CgroupNode[] = [];

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    const onFailure = (error: unknown): void => {
      options.tally.fail(error);
    };
    this.#tree = new CgroupTree(options.folder, options.calls, options, onFailure);
  }

  /** In path order. */
  get containers(): readonly DiscoveredContainer[] {
    return this.#containers;
  }

  /** The containers' cgroups and all their ancestors, each once, in path order: parents before children. */
  get cgroups(): readonly CgroupNode[] {
    return this.#cgroups;
  }

  isContainer(node: CgroupNode): boolean {
    return this.#containerNodes.has(node);
  }

  /** Looks at the hierarchy. True when containers came or went. */
  update(): boolean {
    const nowNs = this.#options.clock.monotonicNs();
    if (nowNs >= this.#nextWalkNs) {
      this.#nextWalkNs = nowNs + BigInt(Math.round(this.#options.walkEveryMs * 1e6));
      this.#options.tally.countRead();
      this.#tree.walk();
    } else {
      for (const node of this.#watched) {
        if (node.isGone || this.isThere(node) || !node.parent) continue;
        // As many may have come in its parent as went: then only this tells.
        this.isThere(node.parent);
      }
    }
    if (this.#tree.isCut) this.#options.tally.note(`cgroups left out: ${describeLimits(this.#options)}`);
    return this.#selectAgain();
  }

  /** Looks at one cgroup now. False when it is gone or another one took its place. */
  isThere(node: CgroupNode): boolean {
    this.#options.tally.countRead();
    return this.#tree.look(node);
  }

  /** A container's cgroup and everything below it, after a look at each. */
  lookBelow(node: CgroupNode): CgroupNode[] {
    this.isThere(node);
    // Mostly there is nothing below.
    if (node.children.size === 0) return [node];
    for (const each of [...node.withDescendants()]) if (each !== node) this.isThere(each);
    return [...node.withDescendants()];
  }

  /** Forgets the choice of containers: what a person names has changed. */
  selectAnew(): void {
    this.#seenGeneration = -1;
  }

  #selectAgain(): boolean {
    if (this.#seenGeneration === this.#tree.generation) return false;
    this.#seenGeneration = this.#tree.generation;
    const selection = selectContainers(this.#tree.root, this.#options.isNamed);
    this.#containers = selection.containers.sort((a, b) => compare(a.node.path, b.node.path));
    this.#containerNodes = new Set(this.#containers.map(({ node }) => node));
    this.#watched = selection.around;
    this.#cgroups = withAncestors(this.#containers);
    return true;
  }
}

function describeLimits({ maxCgroups, maxDepth }: DiscoveryOptions): string {
  return `there are more than ${maxCgroups}, or some deeper than ${maxDepth} levels`;
}

interface Selection {
  readonly containers: DiscoveredContainer[];
  /** Every folder that is neither a container nor below one. */
  readonly around: CgroupNode[];
}

/** Applies the rule of the header to a tree. */
export function selectContainers(root: CgroupNode, isNamed: (path: string) => boolean): Selection {
  const selection: Selection = { containers: [], around: [] };
  const hosts = hostsOfContainers(root);
  const visit = (node: CgroupNode): void => {
    const identity = hosts.has(node) ? undefined : identityOf(node, isNamed);
    if (identity) {
      selection.containers.push({ node, identity });
      return;
    }
    selection.around.push(node);
    for (const child of node.children.values()) visit(child);
  };
  visit(root);
  return selection;
}

function identityOf(node: CgroupNode, isNamed: (path: string) => boolean): ContainerIdentity | undefined {
  if (node.identity) return node.identity;
  return node.path !== '' && isNamed(node.path) ? { kind: 'cgroup', name: node.path } : undefined;
}

/** All cgroups with an identified one somewhere below. */
function hostsOfContainers(root: CgroupNode): ReadonlySet<CgroupNode> {
  const hosts = new Set<CgroupNode>();
  for (const node of root.withDescendants()) {
    if (!node.identity) continue;
    for (let above = node.parent; above && !hosts.has(above); above = above.parent) hosts.add(above);
  }
  return hosts;
}

function withAncestors(containers: readonly DiscoveredContainer[]): CgroupNode[] {
  const nodes = new Set<CgroupNode>();
  for (const { node } of containers) {
    let each = node;
    for (; each.parent; each = each.parent) nodes.add(each);
  }
  return [...nodes].sort((a, b) => compare(a.path, b.path));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

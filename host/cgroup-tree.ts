/**
 * The folders of one cgroup hierarchy, as known from earlier looks at it. cgroupfs updates neither mtime nor ctime of
 * a folder when a child is made or removed; the link count does change: 2 + the number of children. So a folder with
 * 2 links is not listed, and a folder whose count is as before has at most swapped children, which a look at the child
 * itself tells: its inode number is another one, and descriptors of its files answer ENODEV.
 */
import type { FileCalls } from './file-calls.ts';
import { absentOrThrow } from './host-read-error.ts';
import { identifyCgroup } from '../kernel/cgroup-path.ts';
import type { ContainerIdentity } from '../kernel/sample.ts';

export class CgroupNode {
  /** Below the root; '' for the root itself. */
  readonly path: string;
  /** Inode number of the folder: a re-created cgroup has another one. */
  readonly cgroupId: bigint;
  readonly parent: CgroupNode | undefined;
  readonly identity: ContainerIdentity | undefined;
  readonly children = new Map<string, CgroupNode>();
  links: number;
  /** Removed from the tree: whatever was read through it belongs to a cgroup that no longer exists. */
  isGone = false;

  constructor(path: string, cgroupId: bigint, links: number, parent: CgroupNode | undefined) {
    this.path = path;
    this.cgroupId = cgroupId;
    this.links = links;
    this.parent = parent;
    this.identity = identifyCgroup(path);
  }

  *withDescendants(): Generator<CgroupNode, void, undefined> {
    yield this;
    for (const child of this.children.values()) yield* child.withDescendants();
  }
}

export interface TreeLimits {
  readonly maxDepth: number;
  readonly maxCgroups: number;
}

/** A count of links that no folder has: its children are not known, whatever it says next. */
const notListed = -1;

export class CgroupTree {
  readonly root: CgroupNode;
  /** Folders known, the root not counted. */
  size = 0;
  /** Rises with every cgroup that came or went. */
  generation = 0;
  /** True while the limits leave cgroups out. */
  isCut = false;
  readonly #folder: string;
  readonly #calls: FileCalls;
  readonly #limits: TreeLimits;
  readonly #onFailure: (error: unknown) => void;

  /** `onFailure` gets what looking at a folder threw; the folder then counts as having no children. */
  constructor(folder: string, calls: FileCalls, limits: TreeLimits, onFailure: (error: unknown) => void) {
    this.#folder = folder;
    this.#calls = calls;
    this.#limits = limits;
    this.#onFailure = onFailure;
    this.root = new CgroupNode('', 0n, notListed, undefined);
  }

  /** Looks at everything. */
  walk(): void {
    this.isCut = false;
    this.#list(this.root, true);
  }

  /** Looks at one folder: gone, replaced, or with other children. False when the node left the tree. */
  look(node: CgroupNode): boolean {
    if (node.isGone) return false;
    if (node === this.root) {
      this.#lookForChildren(node, this.#stat(node.path)?.links ?? node.links);
      return true;
    }
    const stat = this.#stat(node.path);
    if (stat?.inode !== node.cgroupId) {
      this.#remove(node);
      // Another child may have come in its stead, so that the parent's count of links is as before.
      if (node.parent) node.parent.links = notListed;
      return false;
    }
    this.#lookForChildren(node, stat.links);
    return true;
  }

  #lookForChildren(node: CgroupNode, links: number): void {
    // A file system that does not count subfolders says 1: then only listing tells.
    if (links === node.links && links >= 2) return;
    node.links = links;
    this.#list(node, false);
  }

  /** Brings the node's children up to date; with `deep`, everything below as well. */
  #list(node: CgroupNode, deep: boolean): void {
    const names = this.#folderNames(node);
    for (const [name, child] of node.children) if (!names.has(name)) this.#remove(child);
    for (const name of names) {
      const child = node.children.get(name);
      if (child && !deep) continue;
      const stat = this.#stat(`${node.path}/${name}`);
      if (!stat) {
        if (child) this.#remove(child);
      } else if (child?.cgroupId === stat.inode) {
        child.links = stat.links;
        this.#descend(child, true);
      } else {
        if (child) this.#remove(child);
        this.#add(node, name, stat.inode, stat.links);
      }
    }
  }

  #descend(node: CgroupNode, deep: boolean): void {
    if (node.links !== 2) this.#list(node, deep);
    else for (const child of node.children.values()) this.#remove(child);
  }

  #add(parent: CgroupNode, name: string, cgroupId: bigint, links: number): void {
    const path = `${parent.path}/${name}`;
    if (this.size >= this.#limits.maxCgroups || depthOf(path) > this.#limits.maxDepth) {
      this.isCut = true;
      return;
    }
    const node = new CgroupNode(path, cgroupId, links, parent);
    parent.children.set(name, node);
    this.size += 1;
    this.generation += 1;
    this.#descend(node, true);
  }

  #remove(node: CgroupNode): void {
    node.parent?.children.delete(nameOf(node));
    for (const gone of [...node.withDescendants()]) {
      gone.isGone = true;
      this.size -= 1;
    }
    this.generation += 1;
  }

  #folderNames(node: CgroupNode): ReadonlySet<string> {
    const folder = this.#folder + node.path;
    try {
      const entries = this.#calls.list(folder);
      return new Set(entries.filter((entry) => entry.isFolder).map((entry) => entry.name));
    } catch (error) {
      this.#report(error, folder);
      return new Set();
    }
  }

  #stat(path: string): { readonly inode: bigint; readonly links: number } | undefined {
    const folder = this.#folder + path;
    try {
      return this.#calls.stat(folder);
    } catch (error) {
      this.#report(error, folder);
      return undefined;
    }
  }

  #report(error: unknown, folder: string): void {
    try {
      absentOrThrow(error, folder);
    } catch (failure) {
      this.#onFailure(failure);
    }
  }
}

function nameOf(node: CgroupNode): string {
  return node.path.slice(node.path.lastIndexOf('/') + 1);
}

function depthOf(path: string): number {
  return path.split('/').length - 1;
}

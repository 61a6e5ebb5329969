/** The groups of a view with their places in the tree, looked up once. */
import type { GroupView, NodeView } from '../observation/node-view.ts';

export interface TreeNode {
  readonly group: GroupView;
  readonly parent: TreeNode | undefined;
  readonly children: TreeNode[];
  /** 0 for the topmost. */
  readonly depth: number;
}

export interface GroupTree {
  readonly nodes: ReadonlyMap<string, TreeNode>;
  /** Those without a parent in the view: the managed root. */
  readonly roots: readonly TreeNode[];
}

/** In any order of the groups; a group whose parent is not in the view is a root. */
export function treeOf({ groups }: Pick<NodeView, 'groups'>): GroupTree {
  const nodes = new Map<string, TreeNode>();
  const roots: TreeNode[] = [];
  for (const group of groups.toSorted((a, b) => comparePaths(a.path, b.path))) {
    const parent = nodes.get(parentPath(group.path));
    const node: TreeNode = { group, parent, children: [], depth: parent ? parent.depth + 1 : 0 };
    nodes.set(group.path, node);
    (parent?.children ?? roots).push(node);
  }
  return { nodes, roots };
}

/** The node and everything below it, parents first. */
export function* withDescendants(node: TreeNode): Generator<TreeNode, void, undefined> {
  yield node;
  for (const child of node.children) yield* withDescendants(child);
}

/** Parents before children, then by name: the same order whatever the order of what is given. */
export function comparePaths(a: string, b: string): number {
  return depthOf(a) - depthOf(b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** Whether `path` is `above` or lies below it. */
export function isAtOrBelow(path: string, above: string): boolean {
  return path === above || isBelow(path, above);
}

/** Whether `path` lies below `above`; everything lies below the root, `/` or the empty path. */
export function isBelow(path: string, above: string): boolean {
  const prefix = above.endsWith('/') ? above : `${above}/`;
  return path.startsWith(prefix) && path.length > prefix.length;
}

function parentPath(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function depthOf(path: string): number {
  let depth = 0;
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) depth += 1;
  return depth;
}

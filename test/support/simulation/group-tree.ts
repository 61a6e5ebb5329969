/** The cgroups of a spec and all their ancestors, as groups with a queue on each CPU. */
import { Group, type GroupQueue } from './group.ts';
import type { GroupSpec, HostSpec } from './spec.ts';

const parentPath = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** Settings by path; ancestors that the spec does not name have the defaults. */
const specsOf = ({ parents = [], containers }: HostSpec): ReadonlyMap<string, GroupSpec> => {
  const specs = new Map<string, GroupSpec>();
  for (const group of [...parents, ...containers]) specs.set(group.path, group);
  for (const path of [...specs.keys()]) {
    for (let up = parentPath(path); up !== ''; up = parentPath(up)) {
      specs.set(up, specs.get(up) ?? { path: up });
    }
  }
  return specs;
};

/** In path order, parents first. */
export const createGroups = (
  spec: HostSpec,
  roots: readonly GroupQueue[],
  jiffyNs: number,
): readonly Group[] => {
  const everywhere = roots.map((root) => root.cpu);
  const groups = new Map<string, Group>();
  for (const [path, group] of [...specsOf(spec)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { weight = 1024, quota, cpus = everywhere } = group;
    const parent = groups.get(parentPath(path));
    groups.set(path, new Group({ path, weight, quota, cpus }, roots, parent, jiffyNs));
  }
  return [...groups.values()];
};

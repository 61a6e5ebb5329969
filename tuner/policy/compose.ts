/** The settings that follow from the rungs that stand: a function of the memory and of what stands, without time. */
import { parseCpuSet, type CpuSet } from '../../kernel/cpu-set.ts';
import type { ContainerView } from '../observation/node-view.ts';
import { competingSets, type CompetingSet } from './competing-sets.ts';
import { demoteUnreserved } from './idle-class.ts';
import type { LadderMemory } from './ladder-memory.ts';
import type { NodeTree } from './node-tree.ts';
import type { Rung, WantedSetting } from './policy.ts';
import { setApart, type ApartClaim } from './set-apart.ts';
import { weightsOf } from './set-weights.ts';

export interface ComposeOptions {
  /** Fewest CPUs that stay shared. */
  readonly poolFloor: number;
  /** What kind of partition the last rung makes. */
  readonly partition: 'root' | 'isolated';
}

export interface Composition {
  readonly wanted: readonly WantedSetting[];
  readonly held: ReadonlyMap<string, CpuSet>;
  readonly notes: ReadonlyMap<string, string>;
  /** Containers whose claim for CPUs found no room. */
  readonly refused: readonly string[];
}

export function compose(tree: NodeTree, memory: LadderMemory, options: ComposeOptions): Composition {
  const on = (rung: Rung): readonly ContainerView[] =>
    tree.containers.filter(({ path }) => memory.victims[path]?.rungs.includes(rung));
  const exclusive = new Set(on('exclusive'));
  const partitioned = new Set(on('partition'));
  const claims = [...new Set([...on('soft_pool'), ...exclusive, ...partitioned])].map(
    (container): ApartClaim => ({
      container,
      mode: exclusive.has(container) || partitioned.has(container) ? 'exclusive' : 'soft',
      ...(partitioned.has(container) && { partition: options.partition }),
    }),
  );
  const held = new Map(Object.entries(memory.held).map(([path, cpus]) => [path, parseCpuSet(cpus)]));
  const apart = setApart(tree, claims, held, options);
  const idle = on('idle_class').flatMap((victim) => demoteUnreserved(tree, victim));
  const wanted = [
    ...weightSettings(tree, memory, on('weights')),
    ...on('quota').flatMap((victim) => chosenQuota(tree, memory, victim)),
    ...idle,
    ...apart.wanted,
  ];
  return { wanted: withoutRivals(wanted), held: apart.held, notes: apart.notes, refused: apart.refused };
}

function weightSettings(
  tree: NodeTree,
  memory: LadderMemory,
  victims: readonly ContainerView[],
): readonly WantedSetting[] {
  const sets = new Map<string, { readonly set: CompetingSet; readonly victim: ContainerView }>();
  const competingSetsOf = competingSets(tree, () => 0);
  for (const victim of victims) {
    for (const set of competingSetsOf(victim.path)) {
      if (!sets.has(set.parent)) sets.set(set.parent, { set, victim });
    }
  }
  return [...sets.values()].flatMap(({ set, victim }) =>
    weightsOf(set, memory.sets[set.parent]).map(({ member, weight, gain }): WantedSetting => {
      const factor = Math.exp(gain);
      const reserved = `${member.reservedCores.toFixed(2)} CPU reserved below it`;
      const own = victims.find(({ path }) => isAtOrBelow(path, member.group.path)) ?? victim;
      return {
        path: member.group.path,
        cgroupId: member.group.cgroupId,
        setting: { knob: 'weight', weight },
        rung: 'weights',
        onBehalfOf: own.path,
        reason:
          factor > 1.001
            ? `${reserved}; by measurement it needs ${factor.toFixed(2)} times the weight of its share to receive it`
            : `${reserved}: its weight in proportion to that of its siblings`,
      };
    }),
  );
}

const isAtOrBelow = (path: string, group: string): boolean => path === group || path.startsWith(`${group}/`);

function chosenQuota(tree: NodeTree, memory: LadderMemory, victim: ContainerView): readonly WantedSetting[] {
  return (memory.victims[victim.path]?.quota ?? []).flatMap(({ path, cgroupId, setting, reason }) => {
    const group = tree.groups.get(path);
    if (!group || String(group.cgroupId) !== cgroupId) return [];
    return [{ path, cgroupId: group.cgroupId, setting, rung: 'quota', onBehalfOf: victim.path, reason }];
  });
}

/**
 * One setting per file. Two victims may ask for the same; where they ask for different ones, no quota wins over any, then
 * the greater one; and a group in the idle class takes no weight.
 */
function withoutRivals(wanted: readonly WantedSetting[]): readonly WantedSetting[] {
  const idle = new Set(wanted.filter(({ setting }) => setting.knob === 'idle').map(({ path }) => path));
  const byFile = new Map<string, WantedSetting>();
  for (const each of wanted) {
    if (each.setting.knob === 'weight' && idle.has(each.path)) continue;
    const key = `${each.setting.knob} ${each.path}`;
    const rival = byFile.get(key);
    if (!rival || generosity(each) > generosity(rival)) byFile.set(key, each);
  }
  return [...byFile.values()];
}

function generosity({ setting }: WantedSetting): number {
  if (setting.knob === 'quota') return setting.quotaUsec === 'max' ? Infinity : setting.quotaUsec;
  return setting.knob === 'burst' ? setting.burstUsec : 0;
}

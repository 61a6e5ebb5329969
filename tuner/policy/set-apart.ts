/** The rungs with cpusets: whole CPUs for some, and everybody else keeps off them. */
import {
  cpuSetDifference,
  cpuSetIntersection,
  cpuSetUnion,
  formatCpuSet,
  type CpuSet,
} from '../../kernel/cpu-set.ts';
import { quotaCores } from '../../kernel/cpu-max.ts';
import type { ContainerView } from '../observation/node-view.ts';
import { cpusetUnits, pinnedCpus, unitPathOf, type CpusetUnit } from './cpuset-units.ts';
import { planLayout, type Layout, type LayoutClaim } from './layout.ts';
import { isManaged, lineOf, type NodeTree } from './node-tree.ts';
import type { Rung, WantedSetting } from './policy.ts';

export interface ApartClaim {
  readonly container: ContainerView;
  readonly mode: LayoutClaim['mode'];
  readonly partition?: 'root' | 'isolated';
}

export interface SetApart {
  readonly wanted: readonly WantedSetting[];
  /** What each unit holds now: handed to the next call, so that little moves. By path. */
  readonly held: ReadonlyMap<string, CpuSet>;
  /** Per container that claimed: why it got nothing, or how its reservation is held. */
  readonly notes: ReadonlyMap<string, string>;
  /** Containers that got nothing. */
  readonly refused: readonly string[];
}

export interface ApartOptions {
  /** Fewest CPUs that stay shared. */
  readonly poolFloor: number;
  /** A claim is rounded up always, or refused: no fraction is held in the pool. */
  readonly wholeOnly?: boolean;
}

export function setApart(
  tree: NodeTree,
  claims: readonly ApartClaim[],
  held: ReadonlyMap<string, CpuSet>,
  options: ApartOptions,
): SetApart {
  const units = cpusetUnits(tree);
  const { byUnit, notes } = claimsByUnit(tree, claims, units);
  const layout = planLayout({
    topology: tree.view.topology,
    reservedCpus: tree.view.reservedCpus,
    keptCpus: pinnedCpus(units),
    claims: [...byUnit.values()].map(({ unit, claims }) => layoutClaim(unit, claims, options)),
    othersCores: units.reduce((sum, unit) => sum + (byUnit.has(unit.group.path) ? 0 : unit.reservedCores), 0),
    poolFloor: options.poolFloor,
    held: new Map([...held].filter(([path]) => byUnit.has(path))),
  });
  const served = [...byUnit.values()].filter(({ unit }) => layout.slots.has(unit.group.path));
  for (const { unit, claims } of byUnit.values()) {
    for (const { container } of claims) notes.set(container.path, noteOf(unit, layout));
  }
  const [first] = served;
  return {
    wanted: first
      ? [...served.flatMap((one) => ownSettings(tree, one, layout)), ...othersSettings(units, first, layout)]
      : [],
    held: new Map([...layout.slots].map(([path, { apart }]) => [path, apart])),
    notes,
    refused: claims
      .map(({ container }) => container.path)
      .filter((path) => !layout.slots.has(unitPathOf(tree, path))),
  };
}

interface UnitClaims {
  readonly unit: CpusetUnit;
  readonly claims: readonly ApartClaim[];
}

function claimsByUnit(
  tree: NodeTree,
  claims: readonly ApartClaim[],
  units: readonly CpusetUnit[],
): { readonly byUnit: ReadonlyMap<string, UnitClaims>; readonly notes: Map<string, string> } {
  const unitsByPath = new Map(units.map((unit) => [unit.group.path, unit]));
  const notes = new Map<string, string>();
  const byUnit = new Map<string, UnitClaims>();
  for (const claim of claims.toSorted((a, b) => (a.container.path < b.container.path ? -1 : 1))) {
    const path = unitPathOf(tree, claim.container.path);
    const unit = unitsByPath.get(path);
    const why = !unit
      ? 'it has no cpuset to write'
      : unit.isPinned
        ? `somebody else gave it CPUs ${formatCpuSet(unit.originalCpus)}`
        : unit.isManaged
          ? undefined
          : 'another container of its pod is to be left alone';
    if (why !== undefined) notes.set(claim.container.path, why);
    else if (unit) byUnit.set(path, { unit, claims: [...(byUnit.get(path)?.claims ?? []), claim] });
  }
  return { byUnit, notes };
}

function layoutClaim(unit: CpusetUnit, claims: readonly ApartClaim[], options: ApartOptions): LayoutClaim {
  return {
    owner: unit.group.path,
    cores: unit.reservedCores,
    mode: claims.some(({ mode }) => mode === 'exclusive') ? 'exclusive' : 'soft',
    usesOneCpu: unit.containers.length === 1 && unit.containers.every(usesOneCpu),
    ...(options.wholeOnly === true && { wholeOnly: true }),
  };
}

/** It hardly ever wants more than one CPU at once. */
export function usesOneCpu({ evidence }: ContainerView): boolean {
  if (!evidence) return false;
  if (evidence.threadCount === 1) return true;
  return (evidence.concurrency?.slice(2).reduce((a, b) => a + b, 0) ?? 1) < 0.02;
}

function noteOf(unit: CpusetUnit, { slots }: Layout): string {
  const slot = slots.get(unit.group.path);
  if (!slot) return 'no CPUs to spare beside the reservations of the others';
  const cpus = `CPUs ${formatCpuSet(slot.apart)} set apart`;
  return slot.poolCores > 0
    ? `${cpus}, ${slot.poolCores.toFixed(2)} CPU of it held in the shared pool`
    : cpus;
}

function ownSettings(tree: NodeTree, { unit, claims }: UnitClaims, layout: Layout): readonly WantedSetting[] {
  const slot = layout.slots.get(unit.group.path);
  const strongest = claims.find(({ mode }) => mode === 'exclusive');
  if (!slot || !strongest) return [];
  const { path, cgroupId } = unit.group;
  const pool = cpuSetDifference(layout.pool, tree.view.reservedCpus);
  const cpus = slot.poolCores > 0 ? cpuSetUnion(slot.apart, pool) : slot.apart;
  const onBehalfOf = strongest.container.path;
  const reserved = `${unit.reservedCores.toFixed(2)} CPU reserved`;
  const wanted: WantedSetting[] = [
    {
      path,
      cgroupId,
      setting: { knob: 'cpus', cpus },
      rung: 'exclusive',
      onBehalfOf,
      reason: `CPUs ${formatCpuSet(slot.apart)} are for it alone (${reserved})`,
    },
    ...needlessQuotas(tree, unit, cpus, onBehalfOf),
  ];
  const { partition } = strongest;
  if (partition && slot.poolCores === 0 && unit.group.partition !== undefined) {
    const reason = `a scheduling domain of its own on CPUs ${formatCpuSet(cpus)}`;
    wanted.push({
      path,
      cgroupId,
      setting: { knob: 'partition', partition },
      rung: 'partition',
      onBehalfOf,
      reason,
    });
  }
  return wanted;
}

/** A quota of as many CPUs as it is pinned to, or more, can only stop it at the wrong moment. */
function needlessQuotas(
  tree: NodeTree,
  unit: CpusetUnit,
  cpus: CpuSet,
  onBehalfOf: string,
): readonly WantedSetting[] {
  const groups = new Set(unit.containers.flatMap(({ path }) => lineOf(tree, path)));
  return [...groups]
    .filter(({ path }) => path.startsWith(unit.group.path) && isManaged(tree, path))
    .flatMap((group) => {
      const original = tree.original(group, 'quota');
      const limit = original?.knob === 'quota' ? quotaCores(original) : undefined;
      if (original?.knob !== 'quota' || limit === undefined || limit < cpus.cpus.length) return [];
      const reason = `pinned to ${cpus.cpus.length} CPUs, it cannot exceed its limit of ${limit.toFixed(2)}`;
      const setting = { ...original, quotaUsec: 'max' } as const;
      return [{ path: group.path, cgroupId: group.cgroupId, setting, rung: 'quota', onBehalfOf, reason }];
    });
}

/** Everybody else keeps off what is set apart. Who is pinned elsewhere does so already, and who is not ours stays. */
function othersSettings(
  units: readonly CpusetUnit[],
  first: UnitClaims,
  layout: Layout,
): readonly WantedSetting[] {
  const apart = [...layout.slots.values()].map((slot) => slot.apart).reduce(cpuSetUnion);
  const victim = first.claims[0]?.container;
  return units.flatMap(({ group, isManaged: isOurs, isPinned, originalCpus }) => {
    if (layout.slots.has(group.path) || !isOurs || isPinned || !victim) return [];
    const cpus = originalCpus.cpus.length > 0 ? cpuSetIntersection(originalCpus, layout.pool) : layout.pool;
    const reason = `keeps off CPUs ${formatCpuSet(apart)}, set apart for ${victim.name}`;
    const rung: Rung = 'soft_pool';
    const { path, cgroupId } = group;
    return [{ path, cgroupId, setting: { knob: 'cpus', cpus }, rung, onBehalfOf: victim.path, reason }];
  });
}

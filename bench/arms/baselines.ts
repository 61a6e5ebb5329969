/** What remedies are compared with. */
import { cpuSetSize } from '../../kernel/cpu-set.ts';
import type { Arm, SceneFacts, WantedSetting } from './arm.ts';
import { containerOf, splitCpus } from './layout.ts';
import { settingsArm } from './settings-arm.ts';

const periodUsec = 100_000;

export const solo = settingsArm({
  name: 'solo',
  summary: 'the victim without neighbours: the most that can be had',
  startsNeighbours: false,
  settings: () => [],
});

export const stock = settingsArm({
  name: 'stock',
  summary: 'weights and quotas as Kubernetes sets them, nothing else',
  settings: () => [],
});

export const noLimits = settingsArm({
  name: 'no-limits',
  summary: 'every quota removed, as those do who hold that limits do more harm than good',
  notApplicable: ({ victim, neighbours }) =>
    [victim, ...neighbours].every(({ quotaCores }) => quotaCores === undefined)
      ? 'nobody has a quota: the same as stock'
      : undefined,
  settings: ({ victim, neighbours }) => [victim, ...neighbours].flatMap(withoutQuota),
});

/** At its pod and at its container; a QoS class has none. */
export function withoutQuota({ groups, quotaCores }: SceneFacts['victim']): readonly WantedSetting[] {
  if (quotaCores === undefined) return [];
  const setting = { knob: 'quota', quotaUsec: 'max', periodUsec } as const;
  return groups.slice(-2).map((path) => ({ path, setting }));
}

export const staticPolicy = settingsArm({
  name: 'static',
  summary:
    "the kubelet's static CPU manager policy: exclusive CPUs for a Guaranteed pod that requests whole CPUs",
  notApplicable: ({ victim, cpus }) => {
    if (!Number.isInteger(victim.cores)) {
      return `it gives nothing to a request of ${victim.cores} CPUs, which is not whole: the same as stock`;
    }
    return victim.cores >= cpuSetSize(cpus) ? 'no CPU would be left for the neighbours' : undefined;
  },
  note: ({ victim }) =>
    victim.quotaCores === undefined
      ? 'as if the victim were Guaranteed, which it would have to be'
      : undefined,
  settings: (facts) => pinApart(facts, facts.victim.cores),
});

export const dedicated = settingsArm({
  name: 'dedicated',
  summary: "the paper's remedy: ceil(request) CPUs for the victim alone, the others for the neighbours",
  note: ({ victim, cpus }) => {
    const wanted = Math.ceil(victim.cores);
    if (wanted < cpuSetSize(cpus)) return undefined;
    return `ceil(${victim.cores}) CPUs would leave the neighbours none: the victim gets ${cpuSetSize(cpus) - 1}`;
  },
  settings: (facts) => pinApart(facts, Math.ceil(facts.victim.cores)),
});

/** So many CPUs for the victim, the others for the neighbours; a quota no longer serves a purpose there. */
function pinApart(facts: SceneFacts, count: number): readonly WantedSetting[] {
  const split = splitCpus(facts, count);
  return [
    ...withoutQuota(facts.victim),
    { path: containerOf(facts.victim), setting: { knob: 'cpus', cpus: split.victim } },
    ...facts.neighbours.map((pod): WantedSetting => ({
      path: containerOf(pod),
      setting: { knob: 'cpus', cpus: split.neighbours },
    })),
  ];
}

export const baselines: readonly Arm[] = [solo, stock, noLimits, staticPolicy, dedicated];

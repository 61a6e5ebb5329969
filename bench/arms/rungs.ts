/** Each rung of the ladder alone, whatever the ladder itself would have chosen. */
import { sharesFromCores, weightFromSharesLinear } from '../../kernel/cpu-weight.ts';
import { cpuSetSize } from '../../kernel/cpu-set.ts';
import type { CpuWeight } from '../../kernel/sample.ts';
import type { Arm, SceneFacts, WantedSetting } from './arm.ts';
import { withoutQuota } from './baselines.ts';
import { competingGroup, containerOf, splitCpus, timesWeight } from './layout.ts';
import { settingsArm } from './settings-arm.ts';

/** One step in the open: the closed loop would stop as soon as the reservation holds. */
const weightFactor = 4;

/** The victim's weight where it competes, so many times what Kubernetes gave it. */
function victimWeight({ victim, neighbours, cgroupVersion }: SceneFacts, factor: number): WantedSetting {
  const shares = sharesFromCores(victim.cores);
  const asSet: CpuWeight =
    cgroupVersion === 'v2'
      ? { kind: 'weight', weight: weightFromSharesLinear(shares) }
      : { kind: 'shares', shares };
  const path = competingGroup(victim, neighbours);
  return { path, setting: { knob: 'weight', weight: timesWeight(asSet, factor) } };
}

const neighboursOn = (facts: SceneFacts, count: number): readonly WantedSetting[] =>
  facts.neighbours.map((pod) => ({
    path: containerOf(pod),
    setting: { knob: 'cpus', cpus: splitCpus(facts, count).neighbours },
  }));

const needsTwoCpus = ({ cpus }: SceneFacts): string | undefined =>
  cpuSetSize(cpus) < 2 ? 'one CPU cannot be split' : undefined;

export const weights = settingsArm({
  name: 'weights',
  summary: `the victim's weight x ${weightFactor} at the level where it competes`,
  settings: (facts) => [victimWeight(facts, weightFactor)],
});

export const quota = settingsArm({
  name: 'quota',
  summary: "the victim's quota removed",
  notApplicable: ({ victim }) =>
    victim.quotaCores === undefined ? 'the victim has no quota: the same as stock' : undefined,
  settings: ({ victim }) => withoutQuota(victim),
});

export const idleClass = settingsArm({
  name: 'idle_class',
  summary: 'cpu.idle for the neighbours: they get what the victim leaves, and all of it',
  settings: ({ victim, neighbours }) =>
    neighbours.map((pod) => ({
      path: competingGroup(pod, [victim]),
      setting: { knob: 'idle', idle: true },
    })),
});

export const softPool = settingsArm({
  name: 'soft_pool',
  summary: 'the neighbours keep off ceil(request) CPUs; the victim may roam over all',
  notApplicable: needsTwoCpus,
  settings: (facts) => neighboursOn(facts, Math.ceil(facts.victim.cores)),
});

/** On a CPU that it shares, only about 1/(k+1) of its weight counts beside k exclusive ones. */
export const exclusive = settingsArm({
  name: 'exclusive',
  summary:
    'whole CPUs for the whole part of the request, and a weighted share of the others for the rest of it',
  notApplicable: (facts) => (facts.victim.cores < 1 ? 'the request has no whole part' : needsTwoCpus(facts)),
  settings: (facts) => {
    const whole = Math.floor(facts.victim.cores);
    const isWhole = whole === facts.victim.cores;
    const { victim } = splitCpus(facts, whole);
    return [
      ...neighboursOn(facts, whole),
      ...(isWhole
        ? [{ path: containerOf(facts.victim), setting: { knob: 'cpus', cpus: victim } } as const]
        : [victimWeight(facts, whole + 1)]),
    ];
  },
});

export const rungArms: readonly Arm[] = [weights, quota, idleClass, softPool, exclusive];

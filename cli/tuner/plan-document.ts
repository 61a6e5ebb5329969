/** A plan as JSON: field names are a promise to other programs. */
import type { DryPlan } from '../../tuner/plan-once.ts';
import type { PlannedWrite } from '../../tuner/plan/plan.ts';
import type { Setting } from '../../tuner/plan/setting.ts';
import { formatCpuSet } from '../../kernel/cpu-set.ts';

export function planDocument({ plan, containers, ...idle }: DryPlan<unknown>, policy: string): object {
  return {
    policy,
    containers,
    idleBeforeCores: idle.idleBeforeCores,
    idleAfterCores: idle.idleAfterCores,
    writes: plan.writes.map(writeDocument),
    refused: plan.refused.map(({ path, setting, why }) => ({ path, setting: settingDocument(setting), why })),
  };
}

export function writeDocument(write: PlannedWrite): object {
  const { path, cgroupId, from, to, rung, onBehalfOf, reason } = write;
  return {
    path,
    cgroupId: String(cgroupId),
    from: settingDocument(from),
    to: settingDocument(to),
    rung,
    onBehalfOf,
    reason,
  };
}

/** CPUs in the kernel's list form. */
const settingDocument = (setting: Setting): object =>
  setting.knob === 'cpus' ? { knob: 'cpus', cpus: formatCpuSet(setting.cpus) } : setting;

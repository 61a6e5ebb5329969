/** What the tuner says of each step: a line where something happened, and one JSON document per step where asked. */
import type { Drift } from '../../tuner/actuation/drift.ts';
import type { RestoreReport } from '../../tuner/actuation/restore.ts';
import type { LoopStep } from '../../tuner/loop.ts';
import { formatSetting } from '../../tuner/plan/setting.ts';
import type { PlannedWrite } from '../../tuner/plan/plan.ts';
import { systemClock } from '../../host/clock.ts';
import type { CliIo } from '../io.ts';
import { formatJson } from '../render/json.ts';
import { paintLines } from '../render/line.ts';
import { formatWallTime } from '../render/numbers.ts';
import { renderReceipt } from '../render/receipts-report.ts';
import { counted, printable } from '../render/words.ts';

/** Says what is new: a dry run would otherwise repeat the same plan at every look. */
export function stepReporter(
  io: CliIo,
  options: { readonly apply: boolean; readonly json: boolean },
): (step: LoopStep<unknown>, drifts: readonly Drift[]) => void {
  let said = '';
  return (step, drifts) => {
    if (options.json) {
      io.out.write(formatJson({ ...stepDocument(step), drifts }));
      return;
    }
    const lines = describeStep(step, drifts, options.apply);
    const text = lines.join('\n');
    if (text !== '' && text !== said) {
      const time = formatWallTime(systemClock.wallTimeMs()).slice(11);
      io.out.write(lines.map((line) => `${time} ${printable(line)}\n`).join(''));
    }
    said = text;
    for (const receipt of step.receipts) {
      io.out.write(paintLines(renderReceipt(receipt, io.out.columns() ?? 110), io.colour));
    }
  };
}

function describeStep(
  step: LoopStep<unknown>,
  drifts: readonly Drift[],
  isApplying: boolean,
): readonly string[] {
  const { action, why, plan, givenUp, decision } = step;
  return [
    ...(why === undefined ? [] : [`${action === 'restore' ? 'giving everything back' : 'waiting'}: ${why}`]),
    ...drifts.map(
      ({ path, ours, found, actor, evidence }) =>
        `${path}: ${actor} changed ${formatSetting(ours)}${found ? ` to ${formatSetting(found)}` : ''}: ${evidence}`,
    ),
    ...givenUp.map(
      ({ wanted }) =>
        `${wanted.path}: given up ${formatSetting(wanted.setting)}: it is changed back each time`,
    ),
    ...plan.writes.map((write) => `${isApplying ? 'writes' : 'would write'} ${describeWrite(write)}`),
    ...plan.refused.map(({ path, setting, why }) => `refused ${path} ${formatSetting(setting)}: ${why}`),
    ...[...(decision?.notes ?? [])].map(([path, note]) => `${path}: ${note}`),
  ];
}

const describeWrite = ({ path, from, to, rung, reason }: PlannedWrite): string =>
  `${path}: ${formatSetting(from)} -> ${formatSetting(to)} (${rung}: ${reason})`;

function stepDocument({ action, why, plan, receipts, givenUp, decision }: LoopStep<unknown>): object {
  return {
    wallTimeMs: systemClock.wallTimeMs(),
    action,
    ...(why !== undefined && { why }),
    writes: plan.writes,
    refused: plan.refused,
    receipts,
    givenUp,
    notes: Object.fromEntries(decision?.notes ?? []),
    rungs: Object.fromEntries(decision?.remedies ?? []),
  };
}

/** One sentence on what a restore did. */
export function describeRestore(report: RestoreReport): string {
  switch (report.kind) {
    case 'nothing_to_restore':
      return 'nothing was written, so there is nothing to give back.';
    case 'void_after_boot':
      return `the machine was booted since: ${counted(report.files, 'file')} went with its cgroups.`;
    case 'restored': {
      const done = report.files.filter(({ outcome }) => outcome === 'restored').length;
      const left = report.files.filter(
        ({ outcome }) => outcome === 'failed' || outcome === 'changed_by_other',
      );
      return left.length === 0
        ? `${counted(done, 'file')} given back; everything is as it was.`
        : `${counted(done, 'file')} given back; ${counted(left.length, 'file')} not: ${left
            .map(({ path, file, detail = '' }) => `${path}/${file} (${detail})`)
            .join(', ')}. cpugap restore tries again.`;
    }
  }
}

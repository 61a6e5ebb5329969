/**
 * Whether an applied change is kept. Compared are the windows before it with those after its settling time:
 *
 * - a neighbour whose gap rose for sure, to above its target, is below its own reservation because of us: rolled back;
 * - the container that it was for must be under its targets now, or better for sure; else rolled back.
 *
 * "For sure" is that zero is not in the 95 % bootstrap interval of the difference of means.
 */
import type { ContainerView } from '../observation/node-view.ts';
import { gapTarget, type Targets } from '../policy/needs.ts';
import { differenceOfMeans, meanOf } from './bootstrap.ts';
import type { MeasuredWindow } from './series.ts';

export interface JudgedContainer {
  readonly container: ContainerView;
  readonly before: readonly MeasuredWindow[];
  readonly after: readonly MeasuredWindow[];
}

export interface Judgement {
  readonly result: 'kept' | 'rolled_back';
  /** One sentence with the numbers. */
  readonly reason: string;
}

export function judge(
  victim: JudgedContainer,
  neighbours: readonly JudgedContainer[],
  targets: Targets,
  seed: number,
): Judgement {
  const harmed = neighbours.find((neighbour) => isHarmed(neighbour, targets, seed));
  if (harmed) {
    const [was, is] = gapMeans(harmed);
    return {
      result: 'rolled_back',
      reason: `${harmed.container.name} came below its own reservation by it: its gap rose from ${was} to ${is} CPU`,
    };
  }
  return judgeVictim(victim, targets, seed);
}

function judgeVictim(victim: JudgedContainer, targets: Targets, seed: number): Judgement {
  const [was, is] = gapMeans(victim);
  const gap = differenceOfMeans(victim.before.map(gapOf), victim.after.map(gapOf), seed);
  const [waitsBefore, waitsAfter] = [waitsOf(victim.before), waitsOf(victim.after)];
  const wait = differenceOfMeans(waitsBefore, waitsAfter, seed);
  const waits = `p99 of waiting from ${milliseconds(waitsBefore)} to ${milliseconds(waitsAfter)} ms`;
  if (isUnderTargets(victim, targets)) {
    return {
      result: 'kept',
      reason: `what it misses to others went from ${was} to ${is} CPU, under the target`,
    };
  }
  if (gap && gap.high < 0)
    return { result: 'kept', reason: `what it misses to others fell from ${was} to ${is} CPU` };
  if (wait && wait.high < 0 && !(gap && gap.low > 0)) {
    return { result: 'kept', reason: `its ${waits}` };
  }
  return {
    result: 'rolled_back',
    reason: `it did not help: what it misses to others went from ${was} to ${is} CPU${wait ? `, its ${waits}` : ''}`,
  };
}

function isUnderTargets({ container, after }: JudgedContainer, targets: Targets): boolean {
  if (after.length === 0 || meanOf(after.map(gapOf)) > gapTarget(container, targets)) return false;
  const waits = waitsOf(after);
  const isBelowReservation =
    meanOf(after.map(({ receivedCores }) => receivedCores)) < (container.reservedCores ?? 0);
  const target = container.targetWaitP99Seconds ?? targets.waitP99Seconds;
  return waits.length === 0 || !isBelowReservation || meanOf(waits) <= target;
}

function isHarmed(neighbour: JudgedContainer, targets: Targets, seed: number): boolean {
  const { container, before, after } = neighbour;
  if ((container.reservedCores ?? 0) === 0 || after.length === 0) return false;
  if (meanOf(after.map(gapOf)) <= gapTarget(container, targets)) return false;
  const rise = differenceOfMeans(before.map(gapOf), after.map(gapOf), seed);
  return rise !== undefined && rise.low > 0;
}

const gapOf = ({ gapCores }: MeasuredWindow): number => gapCores;

const gapMeans = ({ before, after }: JudgedContainer): readonly [was: string, is: string] => [
  meanOf(before.map(gapOf)).toFixed(2),
  meanOf(after.map(gapOf)).toFixed(2),
];

const waitsOf = (windows: readonly MeasuredWindow[]): readonly number[] =>
  windows.flatMap(({ waitP99Seconds }) => waitP99Seconds ?? []);

const milliseconds = (seconds: readonly number[]): string => (meanOf(seconds) * 1000).toFixed(1);

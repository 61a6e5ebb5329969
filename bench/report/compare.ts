/** Two runs beside each other: which arms of which scenarios became better or worse. Pure. */
import type { BenchResult, ScenarioResult } from '../run/result.ts';
import type { Interval } from '../statistics/bootstrap.ts';
import { formatInterval, formatOutcome, significant } from './format.ts';
import { betterThan, summarise } from './summary.ts';

export interface ComparedCell {
  readonly scenario: string;
  readonly arm: string;
  readonly ratePerSecond?: number;
  readonly before: Interval;
  readonly after: Interval;
  /** Above 1: the second is better. */
  readonly betterFactor: number;
  /** Their intervals overlap: no change is shown. */
  readonly change: 'better' | 'worse' | 'not shown';
}

export interface Comparison {
  /** What makes the runs hard to compare. */
  readonly warnings: readonly string[];
  readonly cells: readonly ComparedCell[];
}

export function compareResults(before: BenchResult, after: BenchResult): Comparison {
  const cells = after.scenarios.flatMap((now) => {
    const then = before.scenarios.find(({ name }) => name === now.name);
    return then ? compareScenario(then, now) : [];
  });
  return { warnings: warningsOf(before, after), cells };
}

function compareScenario(then: ScenarioResult, now: ScenarioResult): readonly ComparedCell[] {
  const earlier = summarise(then);
  return summarise(now).flatMap((cell): readonly ComparedCell[] => {
    const old = earlier.find(
      ({ arm, ratePerSecond }) => arm === cell.arm && ratePerSecond === cell.ratePerSecond,
    );
    if (!old?.outcome || !cell.outcome) return [];
    const betterFactor = betterThan(now, cell.outcome.estimate, old.outcome.estimate);
    const overlaps = old.outcome.low <= cell.outcome.high && cell.outcome.low <= old.outcome.high;
    return [
      {
        scenario: now.name,
        arm: cell.arm,
        ...(cell.ratePerSecond !== undefined && { ratePerSecond: cell.ratePerSecond }),
        before: old.outcome,
        after: cell.outcome,
        betterFactor,
        change: overlaps ? 'not shown' : betterFactor > 1 ? 'better' : 'worse',
      },
    ];
  });
}

function warningsOf(before: BenchResult, after: BenchResult): readonly string[] {
  const facts: readonly (readonly [string, (result: BenchResult) => string | number | undefined])[] = [
    ['CPU', ({ host }) => host.cpuModel],
    ['number of CPUs', ({ host }) => host.cpuCount],
    ['kernel', ({ host }) => host.kernelRelease],
    ['cgroup version', ({ host }) => host.cgroupVersion],
    ['window', ({ settings }) => settings.windowSeconds],
  ];
  return facts.flatMap(([name, fact]) =>
    fact(before) === fact(after)
      ? []
      : [`another ${name}: ${fact(before) ?? 'unknown'} and ${fact(after) ?? 'unknown'}`],
  );
}

export function formatComparison(comparison: Comparison, after: BenchResult): string {
  const head = ['scenario', 'arm', 'before', 'after', 'factor', 'change'];
  const rows = comparison.cells.map((cell) => {
    const outcome = after.scenarios.find(({ name }) => name === cell.scenario)?.outcome;
    const text = (value: number): string => (outcome ? formatOutcome(value, outcome) : significant(value));
    const rate = cell.ratePerSecond === undefined ? '' : ` at ${cell.ratePerSecond}/s`;
    return [
      `${cell.scenario}${rate}`,
      cell.arm,
      formatInterval(cell.before, text),
      formatInterval(cell.after, text),
      significant(cell.betterFactor),
      cell.change,
    ];
  });
  const lines = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
  const warnings = comparison.warnings.map((warning) => `Not the same: ${warning}.`);
  return `${[...warnings, ...lines].join('\n')}\n`;
}

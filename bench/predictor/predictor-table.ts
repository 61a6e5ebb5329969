/** Results as the text that a person reads. Pure. */
import { summarise, type ComparedScenario, type Spread } from './compare.ts';
import type { SpeedRow } from './model-speed.ts';

const heading = [
  'target \\| neighbour threads',
  'setting',
  'target',
  'fluid',
  'events',
  'neighbour',
  'fluid',
  'events',
  'rounds/s',
  'fluid',
  'events',
  'windows',
  'steal',
];

const cores = (value: number): string => value.toFixed(2);
const range = (spread: Spread | undefined, digits: number): string =>
  spread
    ? `${spread.median.toFixed(digits)} (${spread.least.toFixed(digits)}..${spread.most.toFixed(digits)})`
    : '-';
const beside = (value: number, spread: Spread | undefined): string =>
  spread ? `${cores(value)} ${signed(value - spread.median)}` : cores(value);
const signed = (value: number): string => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(2)}`;
const whole = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(0));

function rowOf(scenario: ComparedScenario): readonly string[] {
  const { target, neighbour, rounds, fluid, events, windows, disturbed, stealCores } = scenario;
  return [
    scenario.pair.replace('|', '\\|'),
    scenario.setting,
    range(target, 2),
    beside(fluid.targetCores, target),
    beside(events.targetCores, target),
    range(neighbour, 2),
    beside(fluid.neighbourCores, neighbour),
    beside(events.neighbourCores, neighbour),
    rounds ? range(rounds, 0) : '',
    whole(fluid.targetRounds),
    whole(events.targetRounds),
    `${windows - disturbed} of ${windows}`,
    cores(stealCores),
  ];
}

/** Markdown; columns are padded so that it reads in a terminal, too. */
export function formatPredictorTable(compared: readonly ComparedScenario[]): string {
  return formatTable(heading, compared.map(rowOf));
}

export function formatPredictorSummary(compared: readonly ComparedScenario[]): string {
  const lines = (['fluid', 'events'] as const).map((model) => {
    const { scenarios, meanCores, worstCores, worst } = summarise(compared, model);
    return `${model}: target's CPUs off by ${meanCores.toFixed(3)} in the mean of ${scenarios} scenarios; the worst is ${signed(worstCores)} (${worst}).`;
  });
  return `${lines.join('\n')}\n`;
}

export function formatSpeedTable(rows: readonly SpeedRow[]): string {
  return formatTable(
    ['CPUs', 'groups', 'threads', 'model events per CPU-second', 'fluid prediction, ms of CPU'],
    rows.map((row) => [
      `${row.cpus}`,
      `${row.groups}`,
      `${row.threads}`,
      `${(row.eventsPerSecond / 1e6).toFixed(2)} million`,
      row.fluidMs.toFixed(1),
    ]),
  );
}

function formatTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return `${[line(titles), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n')}\n`;
}

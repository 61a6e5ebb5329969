/** A run as Markdown: one table per scenario, with what a reader needs to doubt it. Pure. */
import type { BenchResult, ScenarioResult } from '../run/result.ts';
import { formatGap, formatInterval, formatOutcome, formatTime, significant } from './format.ts';
import { summarise, type CellSummary } from './summary.ts';

export function formatMarkdown(result: BenchResult): string {
  const parts = result.scenarios.map(formatScenario);
  return `${[describeRun(result), ...parts].join('\n\n')}\n`;
}

/** Machine, kernel, versions, command: one paragraph. */
export function describeRun(result: BenchResult): string {
  const { host, settings } = result;
  const machine = [`${host.cpuCount} CPUs`, host.cpuModel, host.virtualization].filter(Boolean).join(', ');
  const programs = Object.entries(host.programs).map(([name, version]) => `${name} ${version}`);
  const software = [
    `Linux ${host.kernelRelease ?? '?'}`,
    `cgroup ${host.cgroupVersion}`,
    `Node ${host.node}`,
  ];
  return [
    `${machine}; ${[...software, ...programs].join(', ')}; cpugap ${result.cpugapVersion}.`,
    `${new Date(result.startedWallTimeMs).toISOString()}, seed ${result.seed}, windows of ${settings.windowSeconds} s.`,
    `The load generator ran ${host.generator}.`,
    ...(host.noExactReason === undefined ? [] : [`Ledgers are from kernel files: ${host.noExactReason}.`]),
    ...(result.complete ? [] : ['**Interrupted: this is what was measured until then.**']),
    `\`${result.command}\``,
  ].join('\n');
}

const columns = [
  'arm',
  'victim',
  'better than stock',
  'of solo',
  'gap in CPUs',
  "neighbours' work, of stock",
  'trials',
] as const;

function formatScenario(scenario: ScenarioResult): string {
  const cells = summarise(scenario);
  const isSwept = new Set(cells.map(({ ratePerSecond }) => ratePerSecond)).size > 1;
  const head = [...(isSwept ? ['requests/s'] : []), ...columns];
  const rows = cells.map((cell) => [
    ...(isSwept ? [`${cell.ratePerSecond ?? ''}`] : []),
    ...cellTexts(cell, scenario),
  ]);
  const lines = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
  const notes = [...armNotes(scenario), ...publishedLines(scenario), `- Ended: ${endWords(scenario.ended)}.`];
  return [`## ${scenario.name}`, introduce(scenario), lines.join('\n'), notes.join('\n')].join('\n\n');
}

function introduce({ summary, pods, outcome, trials }: ScenarioResult): string {
  const who = pods.map(
    ({ name, requestedCores, limitCores, load }) =>
      `${name} requests ${requestedCores} CPU (${limitCores === undefined ? 'no limit' : `limit ${limitCores}`}): ${load}`,
  );
  const rate = trials[0]?.ratePerSecond;
  const what = outcome.kind === 'latency' ? 'p99, the median of the trials' : `${outcome.unit} per second`;
  return `${summary}. ${who.join('. ')}. Victim: ${what}${rate === undefined ? '' : `, at ${significant(rate)} requests/s`}; 95 % intervals in brackets.`;
}

function cellTexts(cell: CellSummary, { outcome }: ScenarioResult): readonly string[] {
  return [
    cell.arm,
    formatInterval(cell.outcome, (value) => formatOutcome(value, outcome)),
    cell.arm === 'stock' ? '1' : formatInterval(cell.overStock),
    cell.arm === 'solo' ? '1' : formatInterval(cell.ofSolo),
    formatGap(cell.victim.gapCores, cell.victim.causes),
    cell.neighbours === undefined
      ? 'not there'
      : cell.arm === 'stock'
        ? '1'
        : formatInterval(cell.neighbours.ofStock),
    trialsText(cell),
  ];
}

/** `5`, `5, 2 disturbed`, `3 (all disturbed)` */
export function trialsText(cell: CellSummary): string {
  const marks = [
    ...(cell.basis === 'all' ? ['with disturbed ones'] : []),
    ...(cell.disturbed > 0 ? [`${cell.disturbed} disturbed`] : []),
    ...(cell.void > 0 ? [`${cell.void} void`] : []),
  ];
  return [`${cell.blocks}`, ...marks].join(', ');
}

export function armNotes({ arms }: ScenarioResult): readonly string[] {
  return arms.flatMap(({ name, notApplicable, note }) => [
    ...(notApplicable === undefined ? [] : [`- ${name} was not tried: ${notApplicable}.`]),
    ...(note === undefined ? [] : [`- ${name}: ${note}.`]),
  ]);
}

export function publishedLines({ published }: ScenarioResult): readonly string[] {
  return published.map(({ what, value }) => `- Published (SoCC 2021, 24 CPUs): ${what}: ${value}.`);
}

export function endWords(ended: string): string {
  if (ended === 'narrow_enough') return 'every interval is narrow enough';
  return ended === 'no_time' ? 'the time budget is spent' : ended;
}

/** p50 to p99.9 of all trials of a cell together; for a page that has room. */
export function percentileTexts({ latency }: CellSummary): readonly string[] {
  if (!latency) return [];
  return [latency.p50, latency.p95, latency.p99, latency.p999].map(formatTime);
}

/** A run as one page that stands alone. Pure but for what it is given. */
import type { BenchResult, ScenarioResult } from '../run/result.ts';
import { gapBars } from './gap-bars.ts';
import { formatInterval, formatOutcome, formatTime } from './format.ts';
import { escapeHtml, htmlTable, scriptJson } from './html.ts';
import { intervalChart, type IntervalRow } from './interval-chart.ts';
import { armNotes, describeRun, endWords, percentileTexts, publishedLines, trialsText } from './markdown.ts';
import { gapOverTime, percentileCurves, throughputLatency, type Curves } from './curves.ts';
import { pageScript } from './page-script.ts';
import { pageStyle } from './page-style.ts';
import { summarise, type CellSummary } from './summary.ts';
import type { UplotText } from './uplot.ts';

export function formatPage(result: BenchResult, uplot: UplotText): string {
  const curves: Curves[] = [];
  const sections = result.scenarios.map((scenario) => formatSection(scenario, curves));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>cpugap bench</title><style>${uplot.style}${pageStyle}</style></head><body>
<h1>What the arms give, and what they cost</h1>
${introduce(result)}
${sections.join('\n')}
<script id="curves" type="application/json">${scriptJson(curves)}</script>
<script>${uplot.script}</script><script>${pageScript}</script>
</body></html>
`;
}

function introduce(result: BenchResult): string {
  const lines = describeRun(result)
    .split('\n')
    .map((line) => {
      const text = escapeHtml(line.replaceAll('**', ''));
      return line.startsWith('`') ? `<code>${text.replaceAll('`', '')}</code>` : text;
    });
  return `<p class="dim">${lines.join('<br>')}</p>`;
}

function formatSection(scenario: ScenarioResult, curves: Curves[]): string {
  const cells = summarise(scenario);
  const rates = [...new Set(cells.map(({ ratePerSecond }) => ratePerSecond))];
  const middle = rates[Math.floor(rates.length / 2)];
  const shown = cells.filter(({ ratePerSecond }) => ratePerSecond === middle);
  const drawn = [throughputLatency(cells), percentileCurves(scenario), gapOverTime(scenario)].flatMap(
    (curve) => {
      if (!curve) return [];
      curves.push(curve);
      return [
        `<div><h3>${escapeHtml(curve.title)}</h3><div class="curve" data-curve="${curves.length - 1}"></div></div>`,
      ];
    },
  );
  const pods = scenario.pods.map(
    ({ name, requestedCores, limitCores, load }) =>
      `<b>${escapeHtml(name)}</b> requests ${requestedCores} CPU, ${limitCores === undefined ? 'no limit' : `limit ${limitCores}`}: ${escapeHtml(load)}`,
  );
  const at = middle === undefined ? '' : `, at ${middle} requests/s`;
  const what =
    scenario.outcome.kind === 'latency'
      ? 'p99 of the victim'
      : `the victim's ${scenario.outcome.unit} per second`;
  return `<section><h2>${escapeHtml(scenario.name)}</h2>
<p>${escapeHtml(scenario.summary)}.<br><small>${pods.join('<br>')}</small></p>
${noise(shown)}
<div class="columns"><div><h3>${escapeHtml(what + at)}, with 95 % intervals</h3>${outcomeChart(shown, scenario)}</div>
<div><h3>the victim's gap in CPUs, by cause</h3>${gapBars(shown)}</div></div>
<h3>the victim's gain beside the neighbours' loss</h3>${cellTable(cells, scenario, rates.length > 1)}
<div class="columns">${drawn.join('\n')}</div>
${remarks(scenario)}</section>`;
}

function outcomeChart(cells: readonly CellSummary[], { outcome }: ScenarioResult): string {
  const isBest = bestArm(cells, outcome.kind === 'latency');
  const rows = cells.flatMap((cell): readonly IntervalRow[] => {
    if (!cell.outcome) return [];
    const text = formatInterval(cell.outcome, (value) =>
      formatOutcome(value, outcome).replace(/ \w+\/s$/, ''),
    );
    const tone = cell.arm === 'stock' ? 'stock' : cell.arm === isBest ? 'best' : 'plain';
    return [{ name: cell.arm, interval: cell.outcome, text, tone }];
  });
  return intervalChart(rows, outcome.kind === 'latency' ? 'log' : 'linear');
}

function bestArm(cells: readonly CellSummary[], lessIsBetter: boolean): string | undefined {
  const sign = lessIsBetter ? 1 : -1;
  const [best] = cells
    .filter(({ arm, outcome }) => arm !== 'solo' && outcome !== undefined)
    .toSorted((a, b) => sign * ((a.outcome?.estimate ?? 0) - (b.outcome?.estimate ?? 0)));
  return best?.arm;
}

function cellTable(cells: readonly CellSummary[], { outcome }: ScenarioResult, isSwept: boolean): string {
  const isLatency = outcome.kind === 'latency';
  const head = [
    'arm',
    ...(isSwept ? ['requests/s'] : []),
    ...(isLatency ? ['p50', 'p95', 'p99', 'p99.9'] : [`${outcome.unit}/s`]),
    'better than stock',
    'of solo',
    'could have shown',
    "neighbours' CPUs",
    "neighbours' work, of stock",
    'of dedicated',
    'generator late (p99)',
    'trials',
  ];
  const rows = cells.map((cell) => [
    escapeHtml(cell.arm),
    ...(isSwept ? [`${cell.ratePerSecond ?? ''}`] : []),
    ...(isLatency ? fourPercentiles(cell) : [formatInterval(cell.outcome)]),
    cell.arm === 'stock' ? '1' : formatInterval(cell.overStock),
    cell.arm === 'solo' ? '1' : formatInterval(cell.ofSolo),
    cell.detectableFactor === undefined ? '-' : `x ${cell.detectableFactor.toFixed(2)}`,
    cell.neighbours?.receivedCores.toFixed(2) ?? '-',
    cell.arm === 'stock' ? '1' : formatInterval(cell.neighbours?.ofStock),
    cell.arm === 'dedicated' ? '1' : formatInterval(cell.neighbours?.ofDedicated),
    cell.latenessP99Ns === undefined ? '-' : formatTime(cell.latenessP99Ns / 1e9),
    escapeHtml(trialsText(cell)),
  ]);
  return htmlTable(head, rows);
}

function fourPercentiles(cell: CellSummary): readonly string[] {
  const texts = percentileTexts(cell);
  return texts.length === 0 ? ['-', '-', '-', '-'] : texts;
}

/** What a sceptic asks first. */
function noise(cells: readonly CellSummary[]): string {
  const doubtful = cells.filter(({ basis }) => basis === 'all').map(({ arm }) => arm);
  const few = cells.filter(({ blocks }) => blocks < 5).map(({ arm }) => arm);
  const sentences = [
    ...(doubtful.length === 0
      ? []
      : [`Disturbed trials are in the numbers of ${doubtful.join(', ')}: there were too few others.`]),
    ...(few.length === 0
      ? []
      : [`Fewer than five blocks stand behind ${few.join(', ')}: their intervals are wider than they look.`]),
  ];
  return sentences.map((sentence) => `<p class="warn">${escapeHtml(sentence)}</p>`).join('');
}

function remarks(scenario: ScenarioResult): string {
  const texts = [
    ...scenario.expects.map((text) => `Expected: ${text}.`),
    ...publishedLines(scenario).map((line) => line.slice(2)),
    ...armNotes(scenario).map((line) => line.slice(2)),
    `Ended: ${endWords(scenario.ended)}.`,
  ];
  return `<ul class="dim">${texts.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul>`;
}

/**
 * `npm run bench:agent`: what the agent costs the host that it measures. It starts the real agent on made-up hosts that
 * it reads for real, and prints CPU, memory, scrapes and start. A tick and a scrape are counted apart.
 */
import { existsSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { AgentProgram } from './agent-process.ts';
import type { BenchSettings, SizeCost } from './cost-result.ts';
import { formatCostTable, formatStageTable } from './cost-table.ts';
import { formatSize, hostSizes } from './host-shape.ts';
import { HostTree } from './host-tree.ts';
import { measureSize } from './measure-size.ts';

const help = `Usage: npm run bench:agent -- [options]

  --size <n>        only the n-th size: 1 (10 pods), 2 (110 pods), 3 (250 pods); may be repeated
  --windows <n>     windows of five ticks per load whose spread is given (default 6)
  --warm-up <n>     ticks before each load is measured (default 120: code that runs once a second is compiled late)
  --scrapes <n>     scrapes per load, one per tick (default 10)
  --agent <file>    the cpugap.js to measure (default: the built one, as installed)
  --node-flag <f>   a flag for the agent's Node, to try it out; may be repeated
  --json            print one JSON document instead of tables
`;

const { values } = parseArgs({
  options: {
    size: { type: 'string', multiple: true },
    windows: { type: 'string', default: '6' },
    'warm-up': { type: 'string', default: '120' },
    scrapes: { type: 'string', default: '10' },
    agent: { type: 'string' },
    'node-flag': { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const settings: BenchSettings = {
  intervalSeconds: 1,
  // At least the ten ticks for which threads are still read after the last wait.
  warmUpTicks: Math.max(12, Number(values['warm-up'])),
  windows: Number(values.windows),
  ticksPerWindow: 5,
  scrapes: Number(values.scrapes),
};

function agentProgram(): AgentProgram {
  const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const built = file('../../dist/cli/cpugap.js');
  const script = values.agent ?? (existsSync(built) ? built : file('../../cli/cpugap.js'));
  return { script, nodeFlags: values['node-flag'] };
}

function describeMachine(): string {
  const [cpu] = cpus();
  const files = HostTree.isInMemory() ? 'tmpfs' : 'a disk (no tmpfs here: reads may cost more)';
  return `${cpus().length} x ${cpu?.model ?? 'unknown CPU'}, Linux ${release()}, Node.js ${process.version}; files on ${files}`;
}

async function main(): Promise<void> {
  // To exit is enough: whatever was made or started goes when this process exits.
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => process.exit(code));
  }
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const chosen = values.size ? values.size.flatMap((n) => hostSizes[Number(n) - 1] ?? []) : hostSizes;
  const program = agentProgram();
  const costs: SizeCost[] = [];
  for (const size of chosen) {
    process.stderr.write(`measuring ${formatSize(size)} ...\n`);
    costs.push(await measureSize(size, program, settings));
  }
  process.stdout.write(values.json ? formatJson(costs) : formatText(costs));
}

function formatJson(costs: readonly SizeCost[]): string {
  return `${JSON.stringify({ machine: describeMachine(), settings, costs }, undefined, 2)}\n`;
}

function formatText(costs: readonly SizeCost[]): string {
  const { windows, ticksPerWindow, scrapes, intervalSeconds } = settings;
  const how = `Interval ${intervalSeconds} s; CPU: median (least-most) of ${windows} windows of ${ticksPerWindow} ticks, after ${settings.warmUpTicks}; ${scrapes} scrapes, each of a new sample.`;
  return [describeMachine(), how, '', formatCostTable(costs, settings), formatStageTable(costs)].join('\n');
}

await main();

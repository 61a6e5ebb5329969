/**
 * `npm run bench:overhead`: what the programs in the kernel cost the loads of a host. Each load runs with and without them
 * in turn; docs/bpf.md shows a run.
 */
import { existsSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { parseArgs } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { loads, missingCommands, type Load, type OpenLoad } from './loads.ts';
import { formatEvents, formatRatios, type LoadOverhead } from './overhead-table.ts';
import { derivePairedRatio, type Block } from './paired-ratio.ts';
import { deriveEventCosts } from './program-costs.ts';
import { loader, Programs } from './programs.ts';

const help = `Usage: npm run bench:overhead -- [options]   (as root, on Linux with bpftool and a built cpugap-bpf)

  --blocks <n>   blocks of four runs (without, with, with, without) per load (default 12)
  --load <n>     only the n-th load: ${loads.map(({ name }, i) => `${i + 1} ${name}`).join(', ')}; may be repeated
  --json         print one JSON document instead of tables
`;

const { values } = parseArgs({
  options: {
    blocks: { type: 'string', default: '12' },
    load: { type: 'string', multiple: true },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

let isInterrupted = false;

function timed(run: () => void): number {
  const startedMs = performance.now();
  run();
  return (performance.now() - startedMs) / 1000;
}

/** What was attached a moment ago is freed by the kernel a moment later. */
const settle = (): Promise<void> => delay(300);

async function measureBlock(programs: Programs, { run }: OpenLoad): Promise<Block> {
  const first = timed(run);
  programs.load();
  await settle();
  const both: readonly [number, number] = [timed(run), timed(run)];
  programs.unload();
  await settle();
  return { without: [first, timed(run)], with: both };
}

async function countEvents(
  programs: Programs,
  { run }: OpenLoad,
): Promise<Pick<LoadOverhead, 'events' | 'cpuShare'>> {
  programs.load();
  await settle();
  try {
    return programs.whileCounting(() => {
      const before = programs.accounts();
      const seconds = timed(run);
      const events = deriveEventCosts(before, programs.accounts());
      const spentNs = events.reduce((sum, { events: count, nsPerEvent }) => sum + count * nsPerEvent, 0);
      return { events, cpuShare: spentNs / 1e9 / (seconds * cpus().length) };
    });
  } finally {
    programs.unload();
  }
}

async function measureLoad(load: Load, programs: Programs): Promise<LoadOverhead | undefined> {
  const open = await load.open();
  try {
    open.run();
    const counted = await countEvents(programs, open);
    const blocks: Block[] = [];
    while (blocks.length < Number(values.blocks) && !isInterrupted) {
      process.stderr.write(`${load.name}: block ${blocks.length + 1} of ${values.blocks}\n`);
      blocks.push(await measureBlock(programs, open));
    }
    if (blocks.length === 0) return undefined;
    const without = blocks.flatMap((block) => block.without);
    const seconds = without.reduce((sum, each) => sum + each, 0) / without.length;
    return { load: load.name, seconds, ratio: derivePairedRatio(blocks), ...counted };
  } finally {
    await open.close();
  }
}

async function measureAll(): Promise<readonly LoadOverhead[]> {
  const chosen = values.load?.flatMap((n) => loads[Number(n) - 1] ?? []) ?? loads;
  const results: LoadOverhead[] = [];
  const programs = new Programs();
  try {
    for (const load of chosen) {
      const missing = missingCommands(load);
      if (missing.length > 0) process.stderr.write(`${load.name}: not measured: ${missing.join('; ')}\n`);
      const result = missing.length > 0 || isInterrupted ? undefined : await measureLoad(load, programs);
      if (result) results.push(result);
    }
    return results;
  } finally {
    programs.close();
  }
}

function describeMachine(): string {
  const load = loadavg()[0]?.toFixed(1) ?? '?';
  return `${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, Linux ${release()}; load average at the start ${load}`;
}

async function main(): Promise<void> {
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  if (!existsSync(loader)) throw new Error('cpugap-bpf is not built: npm run build:bpf');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // What was measured is printed, and everything is put back.
    process.once(signal, () => (isInterrupted = true));
  }
  const machine = describeMachine();
  const results = await measureAll();
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ machine, results }, undefined, 2)}\n`
      : `${machine}\n\n${formatRatios(results)}\n${formatEvents(results)}`,
  );
}

await main();

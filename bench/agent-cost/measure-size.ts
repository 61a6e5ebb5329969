/** Runs the agent on a made-up host of one size, quiet and waiting, and takes the numbers. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AgentProcess, type AgentProgram, type Scrape } from './agent-process.ts';
import {
  loads,
  spreadOf,
  type BenchSettings,
  type Load,
  type LoadCost,
  type SizeCost,
} from './cost-result.ts';
import { layOutHost, type HostSize } from './host-shape.ts';
import { HostTree } from './host-tree.ts';
import { parseOwnAccount, stageMsPerTick, type OwnAccount } from './own-account.ts';
import { readProcessAccount, readStealSeconds } from './process-account.ts';

interface Run {
  readonly agent: AgentProcess;
  readonly tree: HostTree;
  readonly settings: BenchSettings;
  /** When the host moves next: halfway between two ticks, so that whatever is read belongs to a whole number of them. */
  nextRoundMs: number;
}

export async function measureSize(
  size: HostSize,
  program: AgentProgram,
  settings: BenchSettings,
): Promise<SizeCost> {
  const tree = new HostTree(layOutHost(size));
  try {
    const reservations = join(tree.folder, 'reservations.yaml');
    writeFileSync(reservations, '"/kubepods.slice/**/*.scope": 0.5\n');
    const agent = await AgentProcess.launch(program, tree.roots, reservations);
    try {
      const nextRoundMs = performance.now() + settings.intervalSeconds * 500;
      const run: Run = { agent, tree, settings, nextRoundMs };
      await delay(settings.intervalSeconds * 500);
      const costs: LoadCost[] = [];
      for (const load of loads) costs.push(await measureLoad(run, load));
      const { peakResidentBytes } = readProcessAccount(agent.pid);
      return { size, firstSampleMs: agent.firstSampleMs, peakResidentBytes, loads: costs };
    } finally {
      await agent.stop();
    }
  } finally {
    tree.remove();
  }
}

async function measureLoad(run: Run, load: Load): Promise<LoadCost> {
  const { agent, settings } = run;
  await pass(run, load, settings.warmUpTicks);
  const start = await readPoint(run);
  const cpuMs: number[] = [];
  for (let window = 0, before = start; window < settings.windows; window += 1) {
    await pass(run, load, settings.ticksPerWindow);
    const after = await readPoint(run);
    // The scrape that ends a window belongs to none.
    cpuMs.push(
      ((after.process.cpuSeconds - before.afterScrape.cpuSeconds) * 1000) / ticksBetween(before, after),
    );
    before = after;
  }
  const end = await readPoint(run);
  const scrapes = await scrapeEachTick(run, load);
  const last = readProcessAccount(agent.pid);
  const cpuMsPerTick = spreadOf(cpuMs);
  const statMs = (end.process.statCpuSeconds - start.afterScrape.statCpuSeconds) * 1000;
  const scrapingMs = (last.cpuSeconds - end.afterScrape.cpuSeconds) * 1000;
  return {
    load,
    cpuMsPerTick,
    statCpuMsPerTick: statMs / ticksBetween(start, end),
    stageMsPerTick: stageMsPerTick(start.own, end.own),
    scrapeMs: spreadOf(scrapes.map(({ milliseconds }) => milliseconds)),
    scrapeBytes: scrapes.at(-1)?.bytes ?? 0,
    scrapeCpuMs: scrapingMs / scrapes.length - cpuMsPerTick.median,
    residentBytes: last.residentBytes,
    openDescriptors: last.openDescriptors,
    stealCores: (end.stealSeconds - start.stealSeconds) / ((end.atMs - start.atMs) / 1000),
  };
}

interface Point {
  readonly atMs: number;
  readonly stealSeconds: number;
  readonly process: ReturnType<typeof readProcessAccount>;
  readonly afterScrape: ReturnType<typeof readProcessAccount>;
  readonly own: OwnAccount;
}

async function readPoint({ agent }: Run): Promise<Point> {
  const process = readProcessAccount(agent.pid);
  const own = parseOwnAccount((await agent.scrape()).page);
  if (!own) throw new Error('the agent stopped giving samples');
  return {
    atMs: performance.now(),
    stealSeconds: readStealSeconds(),
    process,
    afterScrape: readProcessAccount(agent.pid),
    own,
  };
}

function ticksBetween(before: Point, after: Point): number {
  return after.own.ticks - before.own.ticks;
}

/** Lets the host move once per interval; what moves it is this process, whose cost nobody counts. */
async function pass(run: Run, load: Load, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    run.tree.advance(load === 'waiting');
    run.nextRoundMs += run.settings.intervalSeconds * 1000;
    await delay(Math.max(0, run.nextRoundMs - performance.now()));
  }
}

/** Each scrape finds a new sample, so none is served from the page before. */
async function scrapeEachTick(run: Run, load: Load): Promise<readonly Scrape[]> {
  const scrapes: Scrape[] = [];
  for (let count = 0; count < run.settings.scrapes; count += 1) {
    await pass(run, load, 1);
    scrapes.push(await run.agent.scrape());
  }
  return scrapes;
}

import { readFileSync } from 'node:fs';
import { arms, findArm } from '../../bench/arms/catalog.ts';
import { compareResults, formatComparison } from '../../bench/report/compare.ts';
import { formatMarkdown } from '../../bench/report/markdown.ts';
import { parseResult } from '../../bench/report/parse-result.ts';
import type { BenchResult } from '../../bench/run/result.ts';
import { baseScenarios, findScenarios } from '../../bench/scenarios/catalog.ts';
import { neighbourVariants, variantName } from '../../bench/scenarios/neighbours.ts';
import type { Scenario } from '../../bench/scenarios/scenario.ts';
import { runBench } from '../bench/run-bench.ts';
import { writeReports } from '../bench/write-reports.ts';
import {
  defineCommand,
  fileFlag,
  switchFlag,
  textFlag,
  valueFlagWithFallback,
  type OptionsOf,
} from '../command.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { asBadFile } from '../failures.ts';
import { parseCount, parseDuration } from '../flag-values.ts';
import { interruptionCode, type CliIo } from '../io.ts';
import { formatJson } from '../render/json.ts';
import { outputFlags } from '../root-flags.ts';

const flags = {
  arms: textFlag('--arms <names>', 'which arms to try, with commas between them (default: all)'),
  timeBudget: valueFlagWithFallback(
    '--time-budget <time>',
    'for all scenarios together; ends earlier where every interval is narrow enough',
    parseDuration,
    600,
  ),
  window: valueFlagWithFallback('--window <time>', 'how long each trial is measured', parseDuration, 4),
  sweep: switchFlag('--sweep', 'servers: try every rate of the scenario, for the throughput-latency curve'),
  seed: valueFlagWithFallback('--seed <number>', 'order of trials and requests', parseCount, 1),
  anyway: switchFlag('--anyway', 'start beside a busy host: disturbed trials are marked'),
  output: fileFlag('-o, --output <file>', 'run: where the result goes (default: cpugap-bench.json)'),
  html: fileFlag('--html <file>', 'run, report: write the page too'),
  ...outputFlags,
} as const;

type BenchOptions = OptionsOf<typeof flags>;

const usualEndings: readonly string[] = ['narrow_enough', 'no_time'];
const actions = ['list', 'run', 'report', 'compare'] as const;

export const benchCommand = defineCommand({
  description:
    'Before-and-after experiments on this host: a victim beside neighbours in cgroups as Kubernetes sets them, under several arms that take turns in random order. list shows scenarios and arms; run measures (as root) and keeps every trial, also after Ctrl-C; report shows a result again; compare sets two results beside each other.',
  argument: { name: 'action', description: 'what to do', required: true, choices: actions },
  moreArguments: {
    name: 'words',
    description: 'run: scenarios (default: all); report: a result; compare: two results',
  },
  flags,
  examples: [
    { line: 'cpugap bench list', does: 'what can be run here' },
    {
      line: 'sudo cpugap bench run interactive-burst --arms solo,stock,idle_class',
      does: 'one scenario, three arms',
    },
    {
      line: 'sudo cpugap bench run paper --time-budget 30m -o paper.json --html paper.html',
      does: "the paper's table on this host",
    },
    { line: 'cpugap bench compare before.json after.json', does: 'what became better or worse' },
  ],
  exits: ['failed', 'impossible', 'badInput', 'interrupted', 'terminated'],
  run: ({ argument, more = [], options }, io) => act(argument, more, options, io),
});

async function act(
  action: string | undefined,
  words: readonly string[],
  options: BenchOptions,
  io: CliIo,
): Promise<number> {
  if (action === 'list') return list(options, io);
  if (action === 'run') return run(words, options, io);
  if (action === 'report') return report(words, options, io);
  return compare(words, options, io);
}

function list(options: BenchOptions, io: CliIo): number {
  const variants = neighbourVariants.map(variantName);
  if (options.json) {
    const scenarios = baseScenarios.map(({ name, summary }) => ({ name, summary }));
    const armList = arms.map(({ name, summary }) => ({ name, summary }));
    io.out.write(formatJson({ scenarios, variants, arms: armList }));
    return exitCodes.ok.code;
  }
  const lines = (entries: readonly { readonly name: string; readonly summary: string }[]): string =>
    entries.map(({ name, summary }) => `  ${name.padEnd(24)}${summary}\n`).join('');
  io.out.write(`Scenarios:\n${lines(baseScenarios)}`);
  io.out.write(
    `\nNeighbours, as SCENARIO/NEIGHBOURS or SCENARIO/all (alone: the first):\n  ${variants.join(' ')}\n`,
  );
  io.out.write(`\nSets: all, paper\n\nArms:\n${lines(arms)}`);
  return exitCodes.ok.code;
}

async function run(words: readonly string[], options: BenchOptions, io: CliIo): Promise<number> {
  const scenarios = scenariosOf(words.length === 0 ? ['all'] : words);
  const chosen = options.arms === undefined ? arms : armsOf(options.arms);
  const outputFile = options.output ?? 'cpugap-bench.json';
  const result = await runBench(scenarios, chosen, { ...options, outputFile }, io);
  print(result, options, io);
  if (options.html !== undefined) writeReports(result, { html: options.html });
  io.err.write(`cpugap: every trial is in ${outputFile}\n`);
  if (io.signal.aborted) return interruptionCode(io.signal);
  const failed = result.scenarios.filter(({ ended }) => !usualEndings.includes(ended));
  for (const { name, ended } of failed) io.err.write(`cpugap: ${name} could not be measured: ${ended}\n`);
  return failed.length === 0 ? exitCodes.ok.code : exitCodes.failed.code;
}

function report(words: readonly string[], options: BenchOptions, io: CliIo): number {
  const [path] = words;
  if (path === undefined || words.length > 1) {
    throw new CliError('badInput', 'report needs one file that cpugap bench run wrote.');
  }
  const result = readResult(path);
  print(result, options, io);
  if (options.html !== undefined) writeReports(result, { html: options.html });
  return exitCodes.ok.code;
}

function compare(words: readonly string[], options: BenchOptions, io: CliIo): number {
  const [first, second] = words;
  if (first === undefined || second === undefined || words.length > 2) {
    throw new CliError('badInput', 'compare needs two files that cpugap bench run wrote.');
  }
  const after = readResult(second);
  const comparison = compareResults(readResult(first), after);
  io.out.write(options.json ? formatJson(comparison) : formatComparison(comparison, after));
  return exitCodes.ok.code;
}

function print(result: BenchResult, options: BenchOptions, io: CliIo): void {
  io.out.write(options.json ? formatJson(result) : formatMarkdown(result));
}

function readResult(path: string): BenchResult {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw asBadFile(error, path);
  }
  return parseResult(text, path);
}

function scenariosOf(words: readonly string[]): readonly Scenario[] {
  const found = words.flatMap((word) => {
    const scenarios = findScenarios(word);
    if (!scenarios) {
      throw new CliError('badInput', `No scenario is called ${word}: cpugap bench list shows their names.`);
    }
    return scenarios;
  });
  return [...new Map(found.map((scenario) => [scenario.name, scenario])).values()];
}

function armsOf(text: string): typeof arms {
  return text.split(',').map((name) => {
    const arm = findArm(name.trim());
    if (!arm) {
      throw new CliError(
        'badInput',
        `No arm is called ${name}: there are ${arms.map((each) => each.name).join(', ')}.`,
      );
    }
    return arm;
  });
}

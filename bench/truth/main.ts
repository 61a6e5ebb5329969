/**
 * `npm run bench:truth`: loads of known behaviour, measured by both tiers, beside a recording of every event of the
 * scheduler in the same window. docs/accuracy.md says what the numbers are and how good they were.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { systemClock } from '../../host/clock.ts';
import { measureScenario, type TruthResult } from './measure-scenario.ts';
import { mountTracefs } from './sched-recording.ts';
import { truthScenarios } from './scenarios.ts';
import { formatTruthSummary, formatTruthTable } from './truth-table.ts';

const help = `Usage: npm run bench:truth -- [options]   (as root, on Linux with perf and a built cpugap-bpf)

  --seconds <n>      length of each window (default 3)
  --scenario <n>     only the n-th scenario; may be repeated
  --pin <folder>     where to load the programs (default /sys/fs/bpf/cpugap-truth); unloaded at the end
  --json             print one JSON document instead of a table
`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    scenario: { type: 'string', multiple: true },
    pin: { type: 'string', default: '/sys/fs/bpf/cpugap-truth' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const bpffs = '/sys/fs/bpf';
const loader = fileURLToPath(new URL('../../agent/bpf/build/cpugap-bpf', import.meta.url));

function run(file: string, ...words: readonly string[]): void {
  const { status, stderr, error } = spawnSync(file, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} ${words.join(' ')}: ${error?.message ?? stderr.trim()}`);
}

/** Loads the programs and returns what undoes that. */
function loadPrograms(): () => void {
  const isMounted = spawnSync('mountpoint', ['-q', bpffs]).status === 0;
  if (!isMounted) run('mount', '-t', 'bpf', 'bpf', bpffs);
  const undo = (): void => {
    spawnSync(loader, ['unload', '--pin', values.pin]);
    if (!isMounted) spawnSync('umount', [bpffs]);
  };
  try {
    run(loader, 'load', '--pin', values.pin);
  } catch (error) {
    undo();
    throw error;
  }
  return undo;
}

async function measureAll(): Promise<readonly TruthResult[]> {
  const chosen = values.scenario?.flatMap((n) => truthScenarios[Number(n) - 1] ?? []) ?? truthScenarios;
  const folder = mkdtempSync(`${tmpdir()}/cpugap-truth-`);
  const undos = [
    () => {
      rmSync(folder, { recursive: true });
    },
  ];
  try {
    undos.push(mountTracefs());
    undos.push(loadPrograms());
    const results: TruthResult[] = [];
    const interrupted = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        interrupted.abort();
      });
    }
    for (const scenario of chosen) {
      // What was measured is printed, and everything is put back.
      if (interrupted.signal.aborted) break;
      process.stderr.write(`${scenario.name} ...\n`);
      const recordingFile = `${folder}/events`;
      const settings = { seconds: Number(values.seconds), pinFolder: values.pin, recordingFile };
      try {
        results.push(await measureScenario(scenario, { ...settings, clock: systemClock }));
      } catch (error) {
        process.stderr.write(`not measured: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exitCode = 1;
      }
    }
    return results;
  } finally {
    for (const undo of undos.toReversed()) undo();
  }
}

function describeMachine(): string {
  return `${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, Linux ${release()}, Node.js ${process.version}`;
}

async function main(): Promise<void> {
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const results = await measureAll();
  const machine = describeMachine();
  if (values.json) process.stdout.write(`${JSON.stringify({ machine, results }, undefined, 2)}\n`);
  else process.stdout.write(`${machine}\n\n${formatTruthTable(results)}\n${formatTruthSummary(results)}`);
}

await main();

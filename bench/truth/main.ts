/**
 * `npm run bench:truth`: loads of known behaviour, measured by both tiers, beside a recording of every event of the
 * scheduler in the same window. docs/accuracy.md says what the numbers are and how good they were.
 */
import { spawnSync } from 'node:child_process';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { systemClock } from '../../host/clock.ts';
import { raiseOwnPriority } from '../../host/own-priority.ts';
import { quickTolerance, tolerance } from './judge.ts';
import { measureScenario, type TruthResult } from './measure-scenario.ts';
import { mountTracefs } from './sched-recording.ts';
import { truthScenarios, type TruthScenario } from './scenarios.ts';
import { formatExactTable, formatScenarioTable, missesOf } from './truth-table.ts';

const help = `Usage: npm run bench:truth -- [options]   (as root, on Linux with tracefs and a built cpugap-bpf)

  --seconds <n>      length of each window (default 2)
  --scenario <text>  only the scenarios whose name contains the text; may be repeated
  --quick            a few scenarios, windows of half a second, wider tolerance: for continuous integration
  --tries <n>        how often a disturbed window is measured at most (default 3)
  --pin <folder>     where to load the programs (default /sys/fs/bpf/cpugap-truth); unloaded at the end
  --list             print the names of the scenarios
  --json             print one JSON document instead of tables

Exits with 1 where an undisturbed window misses what is promised, or a scenario cannot be measured.
`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    scenario: { type: 'string', multiple: true, default: [''] },
    quick: { type: 'boolean', default: false },
    tries: { type: 'string', default: '3' },
    pin: { type: 'string', default: '/sys/fs/bpf/cpugap-truth' },
    list: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const seconds = Number(values.seconds ?? (values.quick ? 0.5 : 2));
const promised = values.quick ? quickTolerance : tolerance;

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

const isChosen = ({ name, quick }: TruthScenario): boolean =>
  values.scenario.some((text) => name.includes(text)) && (quick === true || !values.quick);

/** Measures again while the window is disturbed; the last one counts, and says that it is. */
async function measureUndisturbed(scenario: TruthScenario): Promise<TruthResult> {
  for (let tries = 1; ; tries++) {
    const startNs = systemClock.monotonicNs();
    const result = await measureScenario(scenario, { seconds, pinFolder: values.pin, clock: systemClock });
    const tookSeconds = Number(systemClock.monotonicNs() - startNs) / 1e9;
    const why = result.disturbances.join(', ');
    process.stderr.write(
      `${scenario.name}: ${result.events} events, ${tookSeconds.toFixed(1)} s${why && `, disturbed: ${why}`}\n`,
    );
    if (why === '' || tries >= Number(values.tries)) return result;
  }
}

async function measureAll(): Promise<readonly TruthResult[]> {
  const undos = [raiseOwnPriority()];
  const results: TruthResult[] = [];
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      interrupted.abort();
    });
  try {
    undos.push(mountTracefs());
    undos.push(loadPrograms());
    for (const scenario of truthScenarios.filter(isChosen)) {
      // What was measured is printed, and everything is put back.
      if (interrupted.signal.aborted) break;
      try {
        results.push(await measureUndisturbed(scenario));
      } catch (error) {
        process.stderr.write(
          `${scenario.name}: not measured: ${error instanceof Error ? error.message : String(error)}\n`,
        );
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

function print(results: readonly TruthResult[]): void {
  const misses = missesOf(results, promised);
  const disturbed = results.filter(({ disturbances }) => disturbances.length > 0).length;
  if (misses.length > 0) process.exitCode = 1;
  if (values.json) {
    const document = { machine: describeMachine(), tolerance: promised, misses, results };
    process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
    return;
  }
  const parts = [
    `${describeMachine()}\n`,
    formatExactTable(results, promised),
    formatScenarioTable(results, promised),
    `Promised: ${100 * promised.share} % or ${1e3 * promised.seconds} ms; portable bounds that hold.\n` +
      `${results.length - disturbed} of ${results.length} windows undisturbed; these miss ${misses.length} numbers.\n` +
      misses.map((miss) => `${miss}\n`).join(''),
  ];
  process.stdout.write(parts.join('\n'));
}

if (values.help) process.stdout.write(help);
else if (values.list) process.stdout.write(truthScenarios.map(({ name }) => `${name}\n`).join(''));
else print(await measureAll());

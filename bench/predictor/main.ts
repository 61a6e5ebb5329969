/**
 * `npm run bench:predictor`: pairs of loads on the real kernel under settings that change while they run, beside what the
 * fluid and the discrete-event model say about them. docs/prediction.md says what came out.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { systemClock } from '../../host/clock.ts';
import { compareAll, summarise } from './compare.ts';
import { measurePair } from './measure-pair.ts';
import type { Measurement } from './measurement.ts';
import { measureModelSpeed, usualSizes } from './model-speed.ts';
import { formatPredictorSummary, formatPredictorTable, formatSpeedTable } from './predictor-table.ts';
import { pairs, pairSettings } from './scenarios.ts';

const help = `Usage: npm run bench:predictor -- [options]   (as root, on Linux with 2 CPUs)

  --repeats <n>   windows of each scenario (default 3); one repeat of all takes two minutes
  --window <ms>   length of each window (default 1300)
  --pair <n>      only the n-th pair; may be repeated
  --from <file>   measure nothing: compare with measurements of an earlier run, one JSON document a line
  --to <file>     append the measurements to a file
  --speed         only how fast the models are
  --json          print one JSON document instead of tables
`;

const { values } = parseArgs({
  options: {
    repeats: { type: 'string', default: '3' },
    window: { type: 'string', default: '1300' },
    pair: { type: 'string', multiple: true },
    from: { type: 'string' },
    to: { type: 'string' },
    speed: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function readMeasurements(file: string): readonly Measurement[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Measurement);
}

async function measureAll(): Promise<readonly Measurement[]> {
  const chosen = values.pair?.flatMap((n) => pairs[Number(n) - 1] ?? []) ?? pairs;
  const measurements: Measurement[] = [];
  // Repeats are the outer loop, so that a disturbance does not fall on all windows of one scenario.
  for (let repeat = 0; repeat < Number(values.repeats); repeat++) {
    for (const pair of chosen) {
      process.stderr.write(`${pair.name} ...\n`);
      const made = await measurePair(pair, pairSettings, Number(values.window), systemClock);
      measurements.push(...made);
      if (values.to !== undefined) {
        appendFileSync(values.to, made.map((each) => `${JSON.stringify(each)}\n`).join(''));
      }
    }
  }
  return measurements;
}

const cpuTimeUsec = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

async function main(): Promise<void> {
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, Linux ${release()}, Node.js ${process.version}`;
  const speed = usualSizes.map((size) => measureModelSpeed(size, cpuTimeUsec));
  const measurements = values.speed
    ? []
    : values.from === undefined
      ? await measureAll()
      : readMeasurements(values.from);
  const compared = compareAll(measurements);
  if (values.json) {
    const errors = { fluid: summarise(compared, 'fluid'), events: summarise(compared, 'events') };
    process.stdout.write(`${JSON.stringify({ machine, compared, errors, speed }, undefined, 2)}\n`);
    return;
  }
  process.stdout.write(`${machine}\n\n`);
  if (compared.length > 0) {
    process.stdout.write(`${formatPredictorTable(compared)}\n${formatPredictorSummary(compared)}\n`);
  }
  process.stdout.write(formatSpeedTable(speed));
}

await main();

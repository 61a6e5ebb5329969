/** What was observed, wherever it comes from: this host now, the agent, or a recording. */
import { emptyCpuSet } from '../../kernel/cpu-set.ts';
import type { Sample } from '../../kernel/sample.ts';
import { deriveTopology } from '../../kernel/topology.ts';
import { formatCpuSet } from '../../kernel/cpu-set.ts';
import { deriveHostLedger } from '../../ledger/derive.ts';
import { viewFromSamples, type Observed } from '../../tuner/observation/make-view.ts';
import type { NodeView } from '../../tuner/observation/node-view.ts';
import { observedFromLedger } from '../../tuner/observation/observed-container.ts';
import { CliError } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import { openSampleReader, readLiveSamples } from '../live-source.ts';
import { progressOn } from '../progress.ts';
import { formatDuration } from '../render/numbers.ts';
import type { RootOptions } from '../root-flags.ts';
import { rulesOf } from './node.ts';
import type { PolicyOptions } from './flags.ts';

/** Of two samples of one host, as one window. */
export function observedBetween(previous: Sample, next: Sample): Observed {
  const { wallTimeMs, containers } = deriveHostLedger(previous, next);
  return { wallTimeMs, containers: containers.map(observedFromLedger) };
}

/** Measures this host for so long; undefined when it was interrupted. */
export async function measureHost(
  options: RootOptions,
  seconds: number,
  io: CliIo,
): Promise<Observed | undefined> {
  const reader = openSampleReader(options);
  const progress = progressOn(io.err);
  progress.show(`measuring for ${formatDuration(seconds)} ...`);
  try {
    let first: Sample | undefined;
    const samples = readLiveSamples(reader, () => true, { intervalSeconds: seconds, signal: io.signal });
    for await (const sample of samples) {
      if (first !== undefined) return observedBetween(first, sample);
      first = sample;
    }
    return undefined;
  } finally {
    progress.clear();
    reader.close();
  }
}

/** The first and the last sample of a recording: what is between them is one window. Throws CliError with one alone. */
export async function endsOf(
  samples: AsyncIterable<Sample> | Iterable<Sample>,
  file: string,
): Promise<readonly [Sample, Sample]> {
  let [first, last]: [Sample | undefined, Sample | undefined] = [undefined, undefined];
  for await (const sample of samples) {
    first ??= sample;
    last = sample;
  }
  if (first === undefined || last === undefined || first === last) {
    throw new CliError('badInput', `${file} has no two readings to compare: give a longer recording.`);
  }
  return [first, last];
}

/** A recording does not hold which CPUs share a core: every CPU counts as a core of its own. */
export function recordedView([first, last]: readonly [Sample, Sample], options: PolicyOptions): NodeView {
  const { online } = last.host;
  const topology = deriveTopology({
    online: { path: 'recording', text: formatCpuSet(online) },
    present: undefined,
    isolated: undefined,
    cpus: online.cpus.map((cpu) => ({ cpu, packageId: undefined, threadSiblings: undefined, caches: [] })),
    nodes: [],
  });
  return viewFromSamples(first, last, {
    topology,
    reservedCpus: options.reservedCpus ?? emptyCpuSet,
    managedRoot: options.managedRoot ?? '/',
    rules: rulesOf(options),
    baseline: [],
    nowMs: last.wallTimeMs,
  });
}

import { readDoctorFacts } from '../../host/doctor-facts.ts';
import { ExactReader } from '../../host/exact-reader.ts';
import { HostReadError } from '../../host/host-read-error.ts';
import { readHostFacts } from '../../host/host-facts.ts';
import { readTopology } from '../../host/topology-reader.ts';
import { KernelTextError } from '../../kernel/kernel-text-error.ts';
import { describeTopology } from '../doctor/describe-topology.ts';
import { systemClock } from '../../host/clock.ts';
import { defineCommand, type OptionsOf } from '../command.ts';
import { deriveFindings } from '../doctor/derive-findings.ts';
import type { Examination } from '../doctor/examination.ts';
import { canMeasure } from '../doctor/finding.ts';
import { summariseSample } from '../doctor/sample-summary.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { asCliError } from '../failures.ts';
import type { CliIo } from '../io.ts';
import { openSampleReader, rootsOf } from '../live-source.ts';
import { renderFindings } from '../render/findings.ts';
import { formatJson } from '../render/json.ts';
import { paintLines } from '../render/line.ts';
import { outputFlags, rootFlags } from '../root-flags.ts';

const flags = { ...rootFlags, ...outputFlags } as const;

export const doctorCommand = defineCommand({
  description:
    'Looks at everything that measuring rests on: rights, cgroups, PSI, schedstat, namespaces, limits, what the exact source needs, and who else manages CPUs here. Each finding says what was found, what it means for the numbers, and what to do. It changes nothing.',
  flags,
  examples: [
    { line: 'cpugap doctor', does: 'the table of findings' },
    { line: 'cpugap doctor --json', does: 'the same for programs' },
    { line: 'cpugap doctor --proc /host/proc --cgroup-root /host/cgroup', does: 'from within a container' },
  ],
  exits: ['failed', 'badInput'],
  run: ({ options }, io) => runDoctor(options, io),
});

async function runDoctor(options: OptionsOf<typeof flags>, io: CliIo): Promise<number> {
  const findings = deriveFindings(await examine(options));
  const possible = canMeasure(findings);
  io.out.write(
    options.json
      ? formatJson({ canMeasure: possible, findings })
      : paintLines(renderFindings(findings, io.out.columns() ?? 110), io.colour),
  );
  return (possible ? exitCodes.ok : exitCodes.failed).code;
}

async function examine(options: OptionsOf<typeof flags>): Promise<Examination> {
  return {
    platform: process.platform,
    nodeVersion: process.versions.node,
    facts: readDoctorFacts(rootsOf(options)),
    exact: new ExactReader({ folder: options.bpfPins }).read(),
    machine: await readHostFacts(),
    topology: tryTopology(options),
    ...tryReading(options),
  };
}

function tryTopology(options: OptionsOf<typeof flags>): string | undefined {
  try {
    return describeTopology(readTopology(rootsOf(options)));
  } catch (error) {
    if (error instanceof HostReadError || error instanceof KernelTextError) return undefined;
    throw error;
  }
}

/** One reading of everything, threads of all containers included. */
function tryReading(options: OptionsOf<typeof flags>): Pick<Examination, 'sample' | 'descriptorsWanted'> {
  try {
    const reader = openSampleReader(options, systemClock);
    try {
      const sample = summariseSample(reader.read(() => true));
      return { sample, descriptorsWanted: reader.stats().openDescriptors };
    } finally {
      reader.close();
    }
  } catch (error) {
    const known = asCliError(error);
    if (known instanceof CliError && known.reason === 'impossible' && error instanceof Error) {
      return { sample: { failure: error.message }, descriptorsWanted: 0 };
    }
    throw error;
  }
}

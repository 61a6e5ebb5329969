/** What must be there before an experiment begins, so that it does not fail in the middle. */
import { servers } from '../servers/catalog.ts';
import { findProgram, readVersion } from '../servers/find-program.ts';
import { countThreads, type Load, type Scenario } from '../scenarios/scenario.ts';

/** The experiment cannot run here; the message says why and what to do. */
export class BenchImpossible extends Error {
  override readonly name = 'BenchImpossible';
}

interface NeededProgram {
  readonly program: string;
  readonly package: string;
  readonly versionWords: readonly string[];
}

const zstd: NeededProgram = { program: 'zstd', package: 'zstd', versionWords: ['--version'] };

/** Versions by program. Throws BenchImpossible with the line that installs what is missing. */
export function findPrograms(scenarios: readonly Scenario[]): Readonly<Record<string, string>> {
  const needed = new Set(scenarios.flatMap(loadsOf).flatMap(neededFor));
  const found = [...needed].map((need) => ({ ...need, path: findProgram(need.program) }));
  const missing = found.filter(({ path }) => path === undefined);
  if (missing.length > 0) {
    const names = missing.map(({ program }) => program).join(' and ');
    const packages = missing.map((need) => need.package).join(' ');
    throw new BenchImpossible(`${names} not found: apt-get install ${packages}`);
  }
  return Object.fromEntries(
    found.map(({ program, path = '', versionWords }) => [
      program,
      readVersion(path, versionWords) ?? 'unknown',
    ]),
  );
}

/** Throws BenchImpossible where a scenario asks for more CPUs than there are. */
export function checkCpus(scenarios: readonly Scenario[], cpus: number): void {
  if (scenarios.length > 0 && cpus < 2) {
    throw new BenchImpossible(`every scenario needs 2 CPUs, and ${cpus} is there`);
  }
}

export function describeLoad(load: Load, cpus: number): string {
  const threads = countThreads(load.threads, cpus);
  const counted = `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  switch (load.kind) {
    case 'workload': {
      const work = load.workMs === undefined ? '' : `, ${load.workMs} ms of work each time`;
      return `${load.workload}, ${counted}${work}`;
    }
    case 'server':
      return `${load.server}, ${counted}, ${load.connections} connections`;
    case 'compress':
      return `zstd, ${counted}`;
  }
}

const loadsOf = ({ victim, neighbours }: Scenario): readonly Load[] =>
  [victim, ...neighbours].map(({ load }) => load);

function neededFor(load: Load): readonly NeededProgram[] {
  switch (load.kind) {
    case 'workload':
      return [];
    case 'server':
      return [servers[load.server]];
    case 'compress':
      return [zstd];
  }
}

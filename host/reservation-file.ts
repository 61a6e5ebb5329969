/**
 * Reservations from a file that an operator writes: who has how many CPUs reserved where no orchestrator says it.
 *
 *     /demo/victim: 1.5              # a cgroup path; a cgroup named so counts as a container of its own
 *     "/demo/*": 0.5                 # * within a segment, ** over segments
 *     nginx.service: 2               # a name: of a service, a short container id, pod/container
 *     /slurm/**: { cores: 4, name: batch }
 *
 * The first entry that matches is believed, in the order of the file: what is more special goes first. Zero says that
 * nothing is reserved, whatever limits the cgroup has. The file is read again when it changes; while it cannot be read
 * or is wrong, the last good one holds.
 */
import { nodeFileCalls, type FileCalls, type FileStat } from './file-calls.ts';
import { absentOrThrow } from './host-read-error.ts';
import { PseudoFilePool } from './pseudo-file.ts';
import { parseReservations, type ReservationEntry } from './reservation-entries.ts';
import { ReservationFileError } from './reservation-file-error.ts';
import type { ReservationSource, ReservationSubject } from './reservation-source.ts';
import type { ContainerIdentity, Reservation } from '../kernel/sample.ts';

const mostBytes = 4 * 1024 * 1024;

export class ReservationFile implements ReservationSource {
  readonly path: string;
  readonly #calls: FileCalls;
  #entries: readonly ReservationEntry[];
  #state: FileStat;
  /** Why the file as it stands is not what holds. */
  #error: Error | undefined;

  /** Throws ReservationFileError or HostReadError when the file cannot be understood to begin with. */
  constructor(path: string, calls: FileCalls = nodeFileCalls) {
    this.path = path;
    this.#calls = calls;
    this.#state = this.#look();
    this.#entries = this.#read();
  }

  reservationFor(subject: ReservationSubject): Reservation | undefined {
    const entry = this.#entryFor(subject);
    if (!entry) return undefined;
    const file = this.path.slice(this.path.lastIndexOf('/') + 1);
    return { cores: entry.cores, source: `${file}:${entry.line} "${entry.patternText}"` };
  }

  identityFor(subject: ReservationSubject): ContainerIdentity | undefined {
    const name = this.#entryFor(subject)?.name;
    return name === undefined ? undefined : { ...subject.identity, name };
  }

  names(path: string): boolean {
    return this.#entries.some(({ pattern }) => pattern.kind === 'path' && pattern.matches(path));
  }

  /** Throws ReservationFileError or HostReadError for as long as the file as it stands is wrong. */
  refresh(): boolean {
    const state = this.#look();
    if (isSame(state, this.#state)) {
      if (this.#error) throw this.#error;
      return false;
    }
    this.#state = state;
    try {
      this.#entries = this.#read();
      this.#error = undefined;
      return true;
    } catch (error) {
      if (error instanceof Error) this.#error = error;
      throw error;
    }
  }

  #entryFor({ path, identity }: ReservationSubject): ReservationEntry | undefined {
    const names = namesOf(identity);
    return this.#entries.find(({ pattern }) =>
      pattern.kind === 'path' ? pattern.matches(path) : names.some((name) => pattern.matches(name)),
    );
  }

  #look(): FileStat {
    let state: FileStat | undefined;
    try {
      state = this.#calls.stat(this.path);
    } catch (error) {
      absentOrThrow(error, this.path);
    }
    if (!state) throw new ReservationFileError(this.path, 'there is no such file');
    return state;
  }

  #read(): ReservationEntry[] {
    if (this.#state.sizeBytes > mostBytes) {
      throw new ReservationFileError(this.path, `larger than ${mostBytes} bytes`);
    }
    const text = new PseudoFilePool({ limit: 0, calls: this.#calls }).file(this.path).readText();
    if (text === undefined) throw new ReservationFileError(this.path, 'there is no such file');
    return parseReservations(text, this.path);
  }
}

function isSame(a: FileStat, b: FileStat): boolean {
  return a.inode === b.inode && a.sizeBytes === b.sizeBytes && a.modifiedMs === b.modifiedMs;
}

/** What a person may call the container. */
function namesOf({ name, namespace, pod, container }: ContainerIdentity): string[] {
  const names = [name];
  if (container !== undefined) names.push(container);
  if (pod !== undefined && container !== undefined) names.push(`${pod}/${container}`);
  if (namespace !== undefined && pod !== undefined && container !== undefined) {
    names.push(`${namespace}/${pod}/${container}`);
  }
  return names;
}

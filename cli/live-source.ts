/** The live host as a stream of windows, for every command that measures. */
import { Observer } from '../agent/sampling/observer.ts';
import { everyIntervalInSteps, systemClock, type Clock } from '../host/clock.ts';
import { openExactReader, periodsWithin } from '../host/exact-reader.ts';
import { ReservationFile } from '../host/reservation-file.ts';
import { cgroupLimits, firstOf, type ReservationSource } from '../host/reservation-source.ts';
import type { HostRoots } from '../host/roots.ts';
import { SampleReader } from '../host/sample-reader.ts';
import type { Sample } from '../kernel/sample.ts';
import type { FilePlaces } from './explain/kernel-files.ts';
import { observeWindows, type ObservedWindow } from './observed-window.ts';
import type { RootOptions } from './root-flags.ts';

export interface LiveOptions {
  readonly intervalSeconds: number;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** Read the threads of these whether they seem to wait or not. */
  readonly alwaysThreads?: (path: string) => boolean;
}

export function rootsOf(options: Pick<RootOptions, 'proc' | 'sys' | 'cgroupRoot'>): HostRoots {
  return {
    proc: options.proc,
    sys: options.sys,
    cgroup: options.cgroupRoot ?? `${options.sys}/fs/cgroup`,
  };
}

/** Opens the host for reading. Throws when it cannot be measured, or the reservations cannot be understood. */
export function openSampleReader(options: RootOptions, clock: Clock = systemClock): SampleReader {
  return new SampleReader({
    roots: rootsOf(options),
    clock,
    reservations: openReservations(options.reservations),
    exact: openExactReader(options.runq, options.bpfPins),
  });
}

/** Where the numbers of this reader come from. */
export function livePlaces(reader: SampleReader, options: RootOptions): FilePlaces {
  return { proc: options.proc, layout: reader.layout, exact: options.bpfPins };
}

/** Who says what is reserved: the file first, then the limits that cgroups state themselves. */
function openReservations(file: string | undefined): ReservationSource {
  return openGivenReservations(file) ?? cgroupLimits;
}

/** Undefined where no file is given: a recording then keeps the reservations that it has. */
export function openGivenReservations(file: string | undefined): ReservationSource | undefined {
  return file === undefined ? undefined : firstOf([new ReservationFile(file), cgroupLimits]);
}

/** One window per interval until the signal aborts; the first comes after one interval. */
export function readLiveWindows(
  reader: SampleReader,
  options: LiveOptions,
): AsyncGenerator<ObservedWindow, void, undefined> {
  const observer = new Observer({ maxContainers: Number.MAX_SAFE_INTEGER });
  const wants = (path: string): boolean =>
    options.alwaysThreads?.(path) === true || observer.wantsThreads(path);
  return observeWindows(readLiveSamples(reader, wants, options), observer);
}

/** One sample per interval until the signal aborts, the first at once; the exact counters are read in between, too. */
export async function* readLiveSamples(
  reader: SampleReader,
  wantThreads: (path: string) => boolean,
  options: LiveOptions,
): AsyncGenerator<Sample, void, undefined> {
  const { intervalSeconds, signal, clock = systemClock } = options;
  const moments = everyIntervalInSteps(
    clock,
    () => intervalSeconds * 1000,
    () => (reader.wantsPeriods ? periodsWithin(intervalSeconds * 1000) : 1),
    signal,
  );
  for await (const moment of moments) {
    if (moment === 'tick') yield reader.read(wantThreads);
    else reader.readPeriod();
  }
}

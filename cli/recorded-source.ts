/** A recording as a stream of windows: opened, cut to a range of time, and paced. */
import { RecordingReader } from '../agent/recording/recording-reader.ts';
import { Observer } from '../agent/sampling/observer.ts';
import { systemClock, type Clock } from '../host/clock.ts';
import type { Sample } from '../kernel/sample.ts';
import { asBadFile } from './failures.ts';
import type { TimePoint } from './flag-values.ts';
import { observeWindows, type ObservedWindow } from './observed-window.ts';

/** Opens a recording. Throws CliError when it cannot be read or is none. */
export async function openRecording(path: string): Promise<RecordingReader> {
  try {
    return await RecordingReader.open(path);
  } catch (error) {
    throw asBadFile(error, path);
  }
}

export interface RecordedOptions {
  readonly from?: TimePoint;
  readonly to?: TimePoint;
  /** How many times faster than it was recorded; 'max' does not wait. */
  readonly speed: number | 'max';
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** The windows of the samples within the range. Throws CliError on a line that cannot be understood. */
export function replayWindows(
  samples: AsyncIterable<Sample> | Iterable<Sample>,
  path: string,
  options: RecordedOptions,
): AsyncGenerator<ObservedWindow, void, undefined> {
  const observer = new Observer({ maxContainers: Number.MAX_SAFE_INTEGER });
  return observeWindows(pace(within(understood(samples, path), options), options), observer);
}

async function* understood(
  samples: AsyncIterable<Sample> | Iterable<Sample>,
  path: string,
): AsyncGenerator<Sample, void, undefined> {
  try {
    yield* samples;
  } catch (error) {
    throw asBadFile(error, path);
  }
}

/** Readings come a little before or after their time. */
const toleranceSeconds = 0.05;

async function* within(
  samples: AsyncIterable<Sample>,
  { from, to }: RecordedOptions,
): AsyncGenerator<Sample, void, undefined> {
  let startNs: bigint | undefined;
  for await (const sample of samples) {
    startNs ??= sample.monotonicNs;
    const seconds = Number(sample.monotonicNs - startNs) / 1e9;
    if (to !== undefined && isAfter(sample, seconds - toleranceSeconds, to)) return;
    if (from === undefined || !isBefore(sample, seconds + toleranceSeconds, from)) yield sample;
  }
}

function isBefore(sample: Sample, seconds: number, point: TimePoint): boolean {
  return point.kind === 'offset' ? seconds < point.seconds : sample.wallTimeMs < point.wallTimeMs;
}

function isAfter(sample: Sample, seconds: number, point: TimePoint): boolean {
  return point.kind === 'offset' ? seconds > point.seconds : sample.wallTimeMs > point.wallTimeMs;
}

async function* pace(
  samples: AsyncIterable<Sample>,
  { speed, signal, clock = systemClock }: RecordedOptions,
): AsyncGenerator<Sample, void, undefined> {
  let previousNs: bigint | undefined;
  for await (const sample of samples) {
    if (previousNs !== undefined && speed !== 'max') {
      await clock.sleep(Number(sample.monotonicNs - previousNs) / 1e6 / speed, signal);
    }
    if (signal.aborted) return;
    previousNs = sample.monotonicNs;
    yield sample;
  }
}

/** A file to replay, whichever kind it is: a recording, or a capture of a host. */
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaptureFormatError } from '../host/capture-format.ts';
import { unpackCapture, type CapturedHost } from '../host/captured-host.ts';
import type { ReservationSource } from '../host/reservation-source.ts';
import { SampleReader } from '../host/sample-reader.ts';
import type { Sample } from '../kernel/sample.ts';
import { asBadFile } from './failures.ts';
import { openRecording } from './recorded-source.ts';
import { reserveAnew } from './reserve-anew.ts';

export interface ReplayFile {
  readonly path: string;
  readonly samples: AsyncIterable<Sample> | Iterable<Sample>;
  /** A sentence on what is missing, once the samples have been read to their end. */
  readonly cut: () => string | undefined;
  readonly close: () => Promise<void>;
}

/** The first line of a capture begins so. */
const captureMark = 'cpugap capture ';

/**
 * Opens it. Reservations that are given hold instead of those that a recording has, or that a captured host states.
 * Throws CliError when the file is neither.
 */
export async function openReplayFile(path: string, reservations?: ReservationSource): Promise<ReplayFile> {
  if (await isCapture(path)) return await openCapture(path, reservations);
  const recording = await openRecording(path);
  return {
    path,
    samples: reservations ? reserveAnew(recording.samples(), reservations) : recording.samples(),
    cut: () => recording.ending?.cut,
    close: () => recording.close(),
  };
}

async function isCapture(path: string): Promise<boolean> {
  try {
    const handle = await open(path);
    try {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(captureMark.length),
        0,
        captureMark.length,
        0,
      );
      return buffer.toString('utf8', 0, bytesRead) === captureMark;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw asBadFile(error, path);
  }
}

async function openCapture(path: string, reservations: ReservationSource | undefined): Promise<ReplayFile> {
  const folder = await mkdtemp(join(tmpdir(), 'cpugap-replay-'));
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const hosts = unpackCapture(await readFile(path, 'utf8'), join(folder, 'host'));
    return {
      path,
      samples: hosts.map((host) => readCaptured(host, reservations)),
      cut: () => undefined,
      close,
    };
  } catch (error) {
    await close();
    throw error instanceof CaptureFormatError ? error : asBadFile(error, path);
  }
}

function readCaptured(host: CapturedHost, reservations: ReservationSource | undefined): Sample {
  const reader = new SampleReader({ ...host, ...(reservations && { reservations }) });
  try {
    return reader.read(() => true);
  } finally {
    reader.close();
  }
}

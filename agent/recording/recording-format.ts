/**
 * A recording: lines of JSON, gzipped when the file's name ends in `.gz`. First a header, then one Sample per line as
 * kernel/sample-json.ts writes it, last a line that says it is complete. A file without that last line was cut, or is
 * still being written; all its whole lines are good.
 *
 *     {"format":"cpugap-recording","formatVersion":1,"cpugapVersion":"0.1.0","node":"node-1","intervalMs":1000,...}
 *     {"formatVersion":1,"wallTimeMs":1795307431000,"monotonicNs":2250000000000,...}
 *     {"end":true,"samples":1}
 */
import { amount, objectOf, oneOf, text, whole, type Shape } from '../../kernel/json-shape.ts';
import { KernelTextError } from '../../kernel/kernel-text-error.ts';

export interface RecordingHeader {
  readonly format: 'cpugap-recording';
  readonly formatVersion: 1;
  /** Version of the program that wrote it. */
  readonly cpugapVersion: string;
  /** Name of the host. */
  readonly node: string;
  /** Interval between samples when it began. */
  readonly intervalMs: number;
  readonly startedWallTimeMs: number;
}

const headerShape: Shape<RecordingHeader> = objectOf<RecordingHeader>({
  format: oneOf('cpugap-recording'),
  formatVersion: oneOf(1),
  cpugapVersion: text,
  node: text,
  intervalMs: amount,
  startedWallTimeMs: amount,
});

interface RecordingEndLine {
  readonly end: true;
  readonly samples: number;
}

const endShape: Shape<RecordingEndLine> = objectOf<RecordingEndLine>({
  end: {
    encode: (end) => end,
    decode: (json, at, refuse) => json === true || refuse(at, 'true', String(json)),
  },
  samples: whole(),
});

export function formatHeader(header: RecordingHeader): string {
  return JSON.stringify(headerShape.encode(header));
}

/** The first line of the file. Throws KernelTextError when it is not a header that this program can read. */
export function parseHeader(line: string, path: string): RecordingHeader {
  return decodeLine(headerShape, line, path, 1, 'the header of a cpugap recording, version 1');
}

export function formatEnd(samples: number): string {
  return JSON.stringify(endShape.encode({ end: true, samples }));
}

/** Samples are objects whose first key is `formatVersion`; only the last line begins like this. */
export function isEndLine(line: string): boolean {
  return line.startsWith('{"end":');
}

/** Number of samples that the last line promises. Throws KernelTextError. */
export function parseEnd(line: string, path: string, lineNumber: number): number {
  return decodeLine(endShape, line, path, lineNumber, 'the end of a cpugap recording').samples;
}

function decodeLine<T>(shape: Shape<T>, line: string, path: string, lineNumber: number, expected: string): T {
  const refuse = (found: string): never => {
    throw new KernelTextError(path, lineNumber, expected, found);
  };
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return refuse(line);
  }
  return shape.decode(json, '', (at, wanted, found) =>
    refuse(`${found} instead of ${wanted} at ${at.slice(1)}`),
  );
}

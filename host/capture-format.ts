/**
 * A captured host as one text that a person can read, review and edit. Every entry has a heading; the text of a file
 * follows as it was:
 *
 *     cpugap capture 1
 *     ==> reading monotonic_ns=2250000000000 wall_time_ms=1795307431000 scrubbed=yes <==
 *     ==> dir inode=31 cgroup/cpu/docker <==
 *     ==> file cgroup/cpu/docker/cpu.shares <==
 *     1024
 *     ==> reading monotonic_ns=2251000000000 wall_time_ms=1795307432000 scrubbed=yes <==
 *     ==> gone cgroup/cpu/docker/cpu.shares <==
 *
 * Paths are relative to the roots `proc`, `sys` and `cgroup`, in order; in them, a newline is `\012` and a backslash
 * `\134`, as in mountinfo. A line of a file that begins with `==>` or `\` has a `\` before it. A file whose last line lacks its
 * newline is a `file-without-newline`. A reading after the first holds only what is different, new or gone.
 */
import { unescapeOctal } from '../kernel/mountinfo.ts';

/** A folder with its inode number, or a file with its text. */
export type CapturedEntry =
  { readonly kind: 'dir'; readonly inode: bigint } | { readonly kind: 'file'; readonly text: string };

export interface CapturedReading {
  readonly monotonicNs: bigint;
  readonly wallTimeMs: number;
  /** True when names and ids were replaced. */
  readonly isScrubbed: boolean;
  /** By path. */
  readonly entries: ReadonlyMap<string, CapturedEntry>;
}

/** A text that is not a capture, or one that nobody should unpack. */
export class CaptureFormatError extends Error {
  override readonly name = 'CaptureFormatError';
  /** 1-based. */
  readonly line: number;

  constructor(line: number, problem: string) {
    super(`capture, line ${line}: ${problem}`);
    this.line = line;
  }
}

const magic = 'cpugap capture 1';
const rootNames: ReadonlySet<string> = new Set(['proc', 'sys', 'cgroup']);

export function formatCapture(readings: readonly CapturedReading[]): string {
  const lines = [magic];
  let before: ReadonlyMap<string, CapturedEntry> = new Map();
  for (const reading of readings) {
    const { monotonicNs, wallTimeMs, isScrubbed, entries } = reading;
    const scrubbed = isScrubbed ? 'yes' : 'no';
    lines.push(
      heading(`reading monotonic_ns=${monotonicNs} wall_time_ms=${wallTimeMs} scrubbed=${scrubbed}`),
    );
    for (const path of [...new Set([...before.keys(), ...entries.keys()])].sort()) {
      pushEntry(lines, path, before.get(path), entries.get(path));
    }
    before = entries;
  }
  return `${lines.join('\n')}\n`;
}

function pushEntry(
  lines: string[],
  path: string,
  before: CapturedEntry | undefined,
  entry: CapturedEntry | undefined,
): void {
  const shown = path.replaceAll('\\', '\\134').replaceAll('\n', '\\012');
  if (!entry) {
    lines.push(heading(`gone ${shown}`));
  } else if (entry.kind === 'dir') {
    if (before?.kind !== 'dir' || before.inode !== entry.inode) {
      lines.push(heading(`dir inode=${entry.inode} ${shown}`));
    }
  } else if (before?.kind !== 'file' || before.text !== entry.text) {
    const isWhole = entry.text === '' || entry.text.endsWith('\n');
    lines.push(heading(`${isWhole ? 'file' : 'file-without-newline'} ${shown}`));
    const text = isWhole ? entry.text.slice(0, -1) : entry.text;
    if (entry.text !== '') lines.push(...text.split('\n').map(escapeLine));
  }
}

function heading(text: string): string {
  return `==> ${text} <==`;
}

function escapeLine(line: string): string {
  return line.startsWith('==>') || line.startsWith('\\') ? `\\${line}` : line;
}

/** The readings, each whole. Throws CaptureFormatError, and nothing else, on any text. */
export function parseCapture(text: string): CapturedReading[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new CaptureFormatError(lines.length + 1, 'the last line is cut');
  if (lines[0] !== magic) throw new CaptureFormatError(1, `expected "${magic}"`);
  const readings: { head: ReadingHead; entries: Map<string, CapturedEntry> }[] = [];
  for (let at = 1; at < lines.length;) {
    const block = parseHeading(lines[at] ?? '', at + 1);
    const end = endOfContent(lines, at + 1);
    if (!block.takesText && end > at + 1) throw new CaptureFormatError(at + 2, 'text where none belongs');
    const current = readings.at(-1);
    if (block.kind === 'reading') {
      readings.push({ head: block.head, entries: new Map(current?.entries) });
    } else if (current) {
      applyBlock(block, lines.slice(at + 1, end), current.entries);
    } else {
      throw new CaptureFormatError(at + 1, 'expected a reading first');
    }
    at = end;
  }
  return readings.map(({ head, entries }) => ({ ...head, entries }));
}

type ReadingHead = Omit<CapturedReading, 'entries'>;
type Block =
  | { readonly kind: 'reading'; readonly takesText: false; readonly head: ReadingHead }
  | { readonly kind: 'dir'; readonly takesText: false; readonly path: string; readonly inode: bigint }
  | { readonly kind: 'gone'; readonly takesText: false; readonly path: string }
  | { readonly kind: 'file'; readonly takesText: true; readonly path: string; readonly newline: boolean };

const headings = {
  reading: /^==> reading monotonic_ns=([0-9]{1,20}) wall_time_ms=([0-9]{1,15}) scrubbed=(yes|no) <==$/,
  dir: /^==> dir inode=([0-9]{1,20}) (.+) <==$/s,
  gone: /^==> gone (.+) <==$/s,
  file: /^==> file(-without-newline)? (.+) <==$/s,
};

function parseHeading(line: string, lineNumber: number): Block {
  const [, monotonicNs, wallTimeMs, scrubbed] = headings.reading.exec(line) ?? [];
  if (monotonicNs !== undefined) {
    const head = {
      monotonicNs: BigInt(monotonicNs),
      wallTimeMs: Number(wallTimeMs),
      isScrubbed: scrubbed === 'yes',
    };
    return { kind: 'reading', takesText: false, head };
  }
  const [, inode, folder] = headings.dir.exec(line) ?? [];
  if (inode !== undefined) {
    return { kind: 'dir', takesText: false, path: parsePath(folder, lineNumber), inode: BigInt(inode) };
  }
  const [, gone] = headings.gone.exec(line) ?? [];
  if (gone !== undefined) return { kind: 'gone', takesText: false, path: parsePath(gone, lineNumber) };
  const file = headings.file.exec(line);
  if (!file) throw new CaptureFormatError(lineNumber, 'expected a heading: ==> KIND PATH <==');
  return {
    kind: 'file',
    takesText: true,
    path: parsePath(file[2], lineNumber),
    newline: file[1] === undefined,
  };
}

/** Refuses every path that could lead out of the folder it is unpacked into. */
function parsePath(shown: string | undefined, lineNumber: number): string {
  const path = unescapeOctal(shown ?? '');
  const segments = path.split('/');
  const isPlain = segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..');
  if (!isPlain || path.includes('\0') || !rootNames.has(segments[0] ?? '') || segments.length < 2) {
    throw new CaptureFormatError(lineNumber, `not a path below proc, sys or cgroup: ${JSON.stringify(path)}`);
  }
  return path;
}

function endOfContent(lines: readonly string[], start: number): number {
  let end = start;
  while (end < lines.length && !lines[end]?.startsWith('==>')) end += 1;
  return end;
}

function applyBlock(
  block: Exclude<Block, { kind: 'reading' }>,
  content: readonly string[],
  entries: Map<string, CapturedEntry>,
): void {
  if (block.kind === 'gone') {
    entries.delete(block.path);
  } else if (block.kind === 'dir') {
    entries.set(block.path, { kind: 'dir', inode: block.inode });
  } else {
    const lines = content.map((line) => (line.startsWith('\\') ? line.slice(1) : line));
    const text = lines.join('\n') + (lines.length > 0 && block.newline ? '\n' : '');
    entries.set(block.path, { kind: 'file', text });
  }
}

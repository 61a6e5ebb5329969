/**
 * What the tuner remembers of one control file that it writes: what stood there before, byte for byte, and what it may
 * have put there itself. Pure.
 */
import type { ControlFile } from '../../host/cgroup-writer.ts';
import type { CgroupVersion } from '../../kernel/sample.ts';

export interface JournalEntry extends ControlFile {
  /** Inode of the cgroup's folder in the hierarchy of the cpu controller. */
  readonly cgroupId: bigint;
  /** Inode of the control file itself: it differs for a cgroup that was re-created, in every hierarchy. */
  readonly inode: bigint;
  /** The bytes that stood there, one character each (latin1). */
  readonly original: string;
  /** Texts that may stand there by the tuner's doing, without the space around them. */
  readonly ours: readonly string[];
}

export interface JournalDocument {
  readonly bootId: string;
  readonly cgroupVersion: CgroupVersion;
  readonly entries: readonly JournalEntry[];
}

/** Older texts than these many are forgotten: whoever puts one of them back is somebody else. */
const mostOwnTexts = 12;

/** The document once `intents` are to be written: an original that is known stays, one of another inode is replaced. */
export function withIntents(document: JournalDocument, intents: readonly JournalEntry[]): JournalDocument {
  const entries = new Map(document.entries.map((entry) => [fileKey(entry), entry]));
  for (const intent of intents) {
    const known = entries.get(fileKey(intent));
    if (known?.inode !== intent.inode) entries.set(fileKey(intent), intent);
    else entries.set(fileKey(intent), { ...known, ours: newest([...known.ours, ...intent.ours]) });
  }
  return { ...document, entries: [...entries.values()] };
}

/** The document once what stands in these files counts as their original: somebody was entitled to set it. */
export function withAdopted(document: JournalDocument, texts: ReadonlyMap<string, string>): JournalDocument {
  const entries = document.entries.map((entry) => {
    const text = texts.get(fileKey(entry));
    return text === undefined ? entry : { ...entry, original: text, ours: [] };
  });
  return { ...document, entries };
}

export function fileKey({ path, file }: ControlFile): string {
  return `${path}/${file}`;
}

/** Whether the text is one that the tuner put there, or the original. A partition says more behind its name. */
export function isOwnText(entry: JournalEntry, text: string): boolean {
  const value = valueOf(entry, text);
  return value === valueOf(entry, entry.original) || entry.ours.some((own) => own === value);
}

/** The text of a control file without what does not count: surrounding space, and why a partition is invalid. */
export function valueOf({ file }: Pick<ControlFile, 'file'>, text: string): string {
  const trimmed = text.trim();
  return file === 'cpuset.cpus.partition' ? (trimmed.split(' ')[0] ?? '') : trimmed;
}

function newest(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.toReversed())].slice(0, mostOwnTexts).reverse();
}

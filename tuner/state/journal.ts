/** The journal on disk: what stood in every control file before the tuner first wrote it. */
import { readWhole, removeDurably, replaceDurably } from '../../host/durable-file.ts';
import { errnoOf } from '../../host/host-read-error.ts';
import type { WriteCalls } from '../../host/write-calls.ts';
import type { JournalDocument } from './journal-entry.ts';
import { formatJournal, JournalFormatError, parseJournal } from './journal-format.ts';

/** The journal cannot be used; the message says what is wrong and what to do. Nothing was written to any cgroup. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
  readonly path: string;
  readonly kind: 'damaged' | 'unreadable' | 'unwritable';

  constructor(path: string, kind: JournalError['kind'], message: string, cause?: unknown) {
    super(`${path}: ${message}`, { cause });
    this.path = path;
    this.kind = kind;
  }
}

export function journalPath(stateFolder: string): string {
  return `${stateFolder}/journal`;
}

/** Undefined: there is none, so nothing was ever written. Throws JournalError. */
export function readJournal(stateFolder: string, calls: WriteCalls): JournalDocument | undefined {
  const path = journalPath(stateFolder);
  try {
    const bytes = readWhole(path, calls);
    return bytes && parseJournal(bytes);
  } catch (error) {
    if (error instanceof JournalFormatError) {
      throw new JournalError(path, 'damaged', `the journal is damaged: ${error.message}. ${remedy}`, error);
    }
    throw new JournalError(
      path,
      'unreadable',
      `the journal cannot be read (${errnoOf(error) ?? 'unknown'})`,
      error,
    );
  }
}

const remedy =
  'Nothing was written. Put a good copy of it back; or, if there is none, restart the pods that were tuned (a new cgroup has its own values) or the node, and then remove this file';

/** On disk, file and name, when this returns. A document without entries needs no file. Throws JournalError. */
export async function writeJournal(
  stateFolder: string,
  document: JournalDocument,
  calls: WriteCalls,
): Promise<void> {
  const path = journalPath(stateFolder);
  try {
    if (document.entries.length > 0) await replaceDurably(path, formatJournal(document), calls);
    else await removeDurably(path, calls);
  } catch (error) {
    throw new JournalError(
      path,
      'unwritable',
      `the journal cannot be written (${errnoOf(error) ?? 'unknown'})`,
      error,
    );
  }
}

/**
 * Carries out a plan: read everything, journal the originals, then write, read back and compare, file by file. What goes
 * wrong on the way takes back what was written, backwards. A dry run goes the same way and stops before the journal.
 */
import {
  CgroupWriteError,
  readControl,
  writeControl,
  type ControlFile,
  type ControlReading,
} from '../../host/cgroup-writer.ts';
import type { Clock } from '../../host/clock.ts';
import { KernelTextError } from '../../kernel/kernel-text-error.ts';
import type { Plan } from '../plan/plan.ts';
import { formatSetting, sameSetting } from '../plan/setting.ts';
import { valueOf, withIntents, type JournalDocument } from '../state/journal-entry.ts';
import { JournalError, readJournal, writeJournal } from '../state/journal.ts';
import type { ActuationHost } from './actuation-host.ts';
import { PreparationError, prepareWrites, type FileWrite } from './file-writes.ts';
import { filesOf, parseSetting, sideEffects } from './knob-files.ts';

export interface ApplyOptions {
  /** False: a dry run. */
  readonly apply: boolean;
  /** Looked at before each write: an abort takes back what was written. */
  readonly signal?: AbortSignal;
  /** Lets signals arrive between writes; without it the plan is done in one go. */
  readonly clock?: Clock;
}

export type ActuationResult =
  | { readonly kind: 'unchanged' }
  /** What would have been written. */
  | { readonly kind: 'dry_run'; readonly writes: readonly FileWrite[] }
  | { readonly kind: 'applied'; readonly writes: readonly FileWrite[] }
  /** Nothing was written. */
  | { readonly kind: 'refused'; readonly why: string }
  /** Stopped on the way; every write done before was taken back, unless `undone` says otherwise of one. */
  | {
      readonly kind: 'rolled_back';
      readonly why: string;
      /** The write that failed; absent after an abort. */
      readonly at?: FileWrite;
      readonly undone: readonly Undone[];
      /** Everything is as it was before the plan, or gone. */
      readonly isComplete: boolean;
    };

export interface Undone extends ControlFile {
  readonly outcome: 'undone' | 'gone' | 'changed_by_other' | 'failed';
  readonly why?: string;
}

/** The state lock must be held. Throws nothing but programming errors. */
export async function applyPlan(
  host: ActuationHost,
  plan: Plan,
  options: ApplyOptions,
): Promise<ActuationResult> {
  if (plan.writes.length === 0) return { kind: 'unchanged' };
  try {
    const journal = currentJournal(host);
    const { writes, intents } = prepareWrites(host, plan.writes);
    if (!options.apply) return { kind: 'dry_run', writes };
    await writeJournal(host.stateFolder, withIntents(journal, intents), host.calls);
    return await writeAll(host, writes, options);
  } catch (error) {
    if (isForeseen(error)) return { kind: 'refused', why: error.message };
    throw error;
  }
}

/** The journal of this boot: what an earlier one says went with its cgroups. Throws JournalError. */
export function currentJournal({ stateFolder, bootId, layout, calls }: ActuationHost): JournalDocument {
  const journal = readJournal(stateFolder, calls);
  return journal?.bootId === bootId ? journal : { bootId, cgroupVersion: layout.version, entries: [] };
}

interface Done {
  readonly write: FileWrite;
  /** What stood there just before, and in the files that the write changes by the way. */
  readonly before: readonly (ControlFile & ControlReading)[];
}

async function writeAll(
  host: ActuationHost,
  writes: readonly FileWrite[],
  { signal, clock }: ApplyOptions,
): Promise<ActuationResult> {
  const done: Done[] = [];
  for (const write of writes) {
    await clock?.sleep(0, signal);
    if (signal?.aborted) return takeBack(host, done, 'it was told to stop');
    try {
      done.push({ write, before: readBefore(host, write) });
      verify(host, write, writeControl(host.layout, write, write.text, write.inode, host.calls));
    } catch (error) {
      if (!isForeseen(error)) throw error;
      return { ...takeBack(host, done, error.message), at: write };
    }
  }
  return { kind: 'applied', writes };
}

function readBefore(host: ActuationHost, write: FileWrite): Done['before'] {
  const { path } = write;
  const others = sideEffects(host.layout.version, write).map(({ controller, file }) => ({
    controller,
    file,
  }));
  const files = [write, ...others.slice(0, 1)];
  return files.map(({ controller, file }) => {
    const reading = readControl(host.layout, { controller, path, file }, host.calls);
    if (reading === undefined) throw new PreparationError(`${path} is gone`);
    return { controller, path, file, ...reading };
  });
}

/** The kernel rounds, clamps and intersects: what stands there must be what was wanted. */
function verify(host: ActuationHost, { path, completes, text, file }: FileWrite, readBack: string): void {
  if (completes === undefined) {
    if (valueOf({ file }, readBack) === text.trim()) return;
    throw new PreparationError(`${path}/${file} holds ${JSON.stringify(readBack)} and not ${text}`);
  }
  const { version } = host.layout;
  const texts = filesOf(version, completes.knob).map((each) =>
    each.file === file ? readBack : (readControl(host.layout, { ...each, path }, host.calls)?.text ?? ''),
  );
  const now = parseSetting(version, completes.knob, texts);
  if (sameSetting(now, completes)) return;
  throw new PreparationError(`${path} has ${formatSetting(now)} and not ${formatSetting(completes)}`);
}

type RolledBack = Extract<ActuationResult, { kind: 'rolled_back' }>;

/** Undoes the writes backwards: each state on the way is one that the plan went through. */
function takeBack(host: ActuationHost, done: readonly Done[], why: string): RolledBack {
  const undone = done.toReversed().flatMap(({ write, before }, at) =>
    before.map((file, which) => {
      // What the last write made of its file is its doing, whatever stands there; and so is a side effect.
      const mustHold = at === 0 || which > 0 ? undefined : write.text.trim();
      return undoOne(host, file, mustHold);
    }),
  );
  const isComplete = undone.every(({ outcome }) => outcome === 'undone' || outcome === 'gone');
  return { kind: 'rolled_back', why, undone, isComplete };
}

function undoOne(
  host: ActuationHost,
  before: ControlFile & ControlReading,
  mustHold: string | undefined,
): Undone {
  const { controller, path, file, text, inode } = before;
  const outcome = (kind: Undone['outcome'], detail?: string): Undone => {
    return { controller, path, file, outcome: kind, ...(detail !== undefined && { why: detail }) };
  };
  try {
    const now = readControl(host.layout, before, host.calls);
    if (now?.inode !== inode) return outcome('gone');
    const value = valueOf(before, now.text);
    if (value === valueOf(before, text)) return outcome('undone');
    if (mustHold !== undefined && value !== mustHold) return outcome('changed_by_other', `it holds ${value}`);
    const readBack = writeControl(host.layout, before, writable(before, text), inode, host.calls);
    return valueOf(before, readBack) === valueOf(before, text)
      ? outcome('undone')
      : outcome('failed', `it holds ${readBack.trim()}`);
  } catch (error) {
    if (isForeseen(error)) return outcome('failed', error.message);
    throw error;
  }
}

/** What to write so that the text stands there again. */
export function writable(file: Pick<ControlFile, 'file'>, text: string): string {
  if (file.file === 'cpuset.cpus.partition') return valueOf(file, text);
  return text;
}

export function isForeseen(error: unknown): error is Error {
  return (
    error instanceof CgroupWriteError ||
    error instanceof PreparationError ||
    error instanceof JournalError ||
    error instanceof KernelTextError
  );
}

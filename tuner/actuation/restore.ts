/**
 * Gives everything back from the journal alone: no view, no policy, no tuner. It may be killed at any moment and run
 * again, any number of times. What somebody else wrote since stays, unless told otherwise.
 */
import { readControl, writeControl, type ControlReading } from '../../host/cgroup-writer.ts';
import { KernelTextError } from '../../kernel/kernel-text-error.ts';
import { defaultWeight } from '../plan/current-setting.ts';
import { orderWrites, type OrderedWrite, type Transition } from '../plan/order-writes.ts';
import { sameSetting, type Knob, type Setting } from '../plan/setting.ts';
import {
  fileKey,
  isOwnText,
  valueOf,
  withIntents,
  type JournalDocument,
  type JournalEntry,
} from '../state/journal-entry.ts';
import { JournalError, readJournal, writeJournal } from '../state/journal.ts';
import type { ActuationHost } from './actuation-host.ts';
import { isForeseen, writable } from './apply-plan.ts';
import { filesOf, knobOf, parseSetting, textsBetween, type FileText } from './knob-files.ts';

export type RestoreOutcome =
  | 'restored'
  | 'already_original'
  /** The cgroup is gone, and with it what was written. */
  | 'gone'
  /** Another cgroup of the same path: not what was tuned. */
  | 'recreated'
  /** It holds what neither the tuner nor the original is; left alone unless forced. */
  | 'changed_by_other'
  /** The kernel refused, or took and did not keep. */
  | 'failed';

export interface RestoredFile {
  readonly path: string;
  readonly file: string;
  readonly outcome: RestoreOutcome;
  /** What stood there before the tuner came. */
  readonly original: string;
  /** What stands there now, where that is not the original; or why it failed. */
  readonly detail?: string;
}

export type RestoreReport =
  | { readonly kind: 'nothing_to_restore' }
  /** The machine was booted since: its cgroups went, and what was written to them. */
  | { readonly kind: 'void_after_boot'; readonly files: number }
  | {
      readonly kind: 'restored';
      readonly files: readonly RestoredFile[];
      /** Every file that is still there holds its original bytes; the journal is gone. */
      readonly isComplete: boolean;
      /** The values are in place, but the journal could not be brought up to date. */
      readonly journalFailure?: string;
    };

export interface RestoreOptions {
  /** Also overwrites what somebody else wrote. */
  readonly force?: boolean;
}

/** The state lock must be held. Throws JournalError when the journal cannot be believed: then nothing was written. */
export async function restore(host: ActuationHost, options: RestoreOptions = {}): Promise<RestoreReport> {
  const journal = readJournal(host.stateFolder, host.calls);
  if (journal === undefined) return { kind: 'nothing_to_restore' };
  if (journal.bootId !== host.bootId) {
    await writeJournal(host.stateFolder, { ...journal, entries: [] }, host.calls);
    return { kind: 'void_after_boot', files: journal.entries.length };
  }
  const before = journal.entries.map((entry) => ({ entry, state: lookAt(host, entry, options) }));
  const failures = await giveBack(host, journal, before.filter(({ state }) => isToDo(state)).map(toDo));
  const files = before.map(({ entry, state }) => reportOf(host, entry, state, failures));
  const isComplete = files.every(({ outcome }) => outcome !== 'failed' && outcome !== 'changed_by_other');
  const journalFailure = await keepUnfinished(host, journal, files);
  return { kind: 'restored', files, isComplete, ...(journalFailure !== undefined && { journalFailure }) };
}

type FileState =
  | { readonly kind: 'gone' | 'recreated' | 'already_original' }
  | { readonly kind: 'changed_by_other' | 'to_do'; readonly now: ControlReading }
  | { readonly kind: 'failed'; readonly why: string };

interface ToDo {
  readonly entry: JournalEntry;
  readonly now: ControlReading;
}

function lookAt(host: ActuationHost, entry: JournalEntry, { force }: RestoreOptions): FileState {
  try {
    const now = readControl(host.layout, entry, host.calls);
    if (now === undefined) return { kind: 'gone' };
    if (now.inode !== entry.inode) return { kind: 'recreated' };
    if (valueOf(entry, now.text) === valueOf(entry, entry.original)) return { kind: 'already_original' };
    return { kind: force === true || isOwnText(entry, now.text) ? 'to_do' : 'changed_by_other', now };
  } catch (error) {
    if (isForeseen(error)) return { kind: 'failed', why: error.message };
    throw error;
  }
}

function isToDo(state: FileState): boolean {
  return state.kind === 'to_do';
}

function toDo({ entry, state }: { readonly entry: JournalEntry; readonly state: FileState }): ToDo {
  return { entry, now: 'now' in state ? state.now : { text: entry.original, inode: entry.inode } };
}

/** Writes the originals in a safe order. Returns why a file could not be written, by file. */
async function giveBack(
  host: ActuationHost,
  journal: JournalDocument,
  todo: readonly ToDo[],
): Promise<ReadonlyMap<string, string>> {
  const { version } = host.layout;
  const steps = orderWrites(version, transitionsOf(host, journal, todo));
  const writes = steps.flatMap((step) => fileWritesOf(host, step));
  await journalBetween(host, journal, writes);
  const failures = new Map<string, string>();
  for (const { entry, text } of writes) attempt(host, entry, text, failures);
  // Whatever the order could not make sense of, and what the kernel prints in another way than it was.
  for (const { entry } of todo) {
    if (!holdsOriginal(host, entry)) attempt(host, entry, writable(entry, entry.original), failures);
  }
  return failures;
}

interface Return extends Transition {
  readonly entries: readonly JournalEntry[];
}

/** One way back per knob and cgroup; a file whose text means nothing has none, and is written at the end. */
function transitionsOf(
  host: ActuationHost,
  journal: JournalDocument,
  todo: readonly ToDo[],
): readonly Return[] {
  const wanted = new Set(
    todo.map(({ entry }) => `${entry.path} ${knobOf(host.layout.version, entry.file) ?? ''}`),
  );
  const byPath = Map.groupBy(journal.entries, ({ path }) => path);
  return [...byPath.values()].flatMap((entries) => {
    const knobs = new Set(entries.map(({ file }) => knobOf(host.layout.version, file)));
    return [...knobs].flatMap((knob) => {
      const isWanted = knob !== undefined && wanted.has(`${entries[0]?.path ?? ''} ${knob}`);
      return isWanted ? wayBack(host, knob, entries) : [];
    });
  });
}

function wayBack(host: ActuationHost, knob: Knob, ofPath: readonly JournalEntry[]): readonly Return[] {
  const { version } = host.layout;
  const entries = ofPath.filter(({ file }) => knobOf(version, file) === knob);
  const path = entries[0]?.path;
  if (path === undefined) return [];
  try {
    const textNow = (file: FileText | { controller: 'cpu' | 'cpuset'; file: string }): string =>
      readControl(host.layout, { ...file, path }, host.calls)?.text ?? '';
    const files = filesOf(version, knob);
    const original = (file: string): string | undefined =>
      entries.find((entry) => entry.file === file)?.original;
    const from = parseSetting(version, knob, files.map(textNow));
    const to = parseSetting(
      version,
      knob,
      files.map((file) => original(file.file) ?? textNow(file)),
    );
    const start = knob === 'weight' ? weightBefore(host, ofPath, from) : from;
    return start === undefined || sameSetting(start, to) ? [] : [{ path, from: start, to, entries }];
  } catch (error) {
    if (error instanceof KernelTextError) return [];
    throw error;
  }
}

/** An idle group takes no weight: it has the default once it left, and needs none if it is to stay. */
function weightBefore(
  host: ActuationHost,
  ofPath: readonly JournalEntry[],
  shown: Setting,
): Setting | undefined {
  const idle = ofPath.find(({ file }) => file === 'cpu.idle');
  if (idle === undefined) return shown;
  if (valueOf(idle, idle.original) === '1') return undefined;
  const isIdleNow = readControl(host.layout, idle, host.calls)?.text.trim() === '1';
  return isIdleNow ? { knob: 'weight', weight: defaultWeight(host.layout.version) } : shown;
}

interface ReturnWrite {
  readonly entry: JournalEntry;
  readonly text: string;
}

/** A file that the journal does not know is none that was written, so it is left out. */
function fileWritesOf(
  host: ActuationHost,
  { transition, from, to }: OrderedWrite<Return>,
): readonly ReturnWrite[] {
  return textsBetween(host.layout.version, from, to).flatMap(({ file, text }) => {
    const entry = transition.entries.find((each) => each.file === file);
    return entry ? [{ entry, text }] : [];
  });
}

/** Values on the way are the tuner's too: a restore that is killed there must know them again. */
async function journalBetween(
  host: ActuationHost,
  journal: JournalDocument,
  writes: readonly ReturnWrite[],
): Promise<void> {
  const unknown = writes.filter(({ entry, text }) => !isOwnText(entry, text));
  if (unknown.length === 0) return;
  const intents = unknown.map(({ entry, text }) => ({
    ...entry,
    ours: [...entry.ours, valueOf(entry, text)],
  }));
  try {
    await writeJournal(host.stateFolder, withIntents(journal, intents), host.calls);
  } catch (error) {
    // A full disk must not keep anybody from getting the old values back.
    if (!(error instanceof JournalError)) throw error;
  }
}

function attempt(
  host: ActuationHost,
  entry: JournalEntry,
  text: string,
  failures: Map<string, string>,
): void {
  try {
    writeControl(host.layout, entry, text, entry.inode, host.calls);
    failures.delete(fileKey(entry));
  } catch (error) {
    if (!isForeseen(error)) throw error;
    failures.set(fileKey(entry), error.message);
  }
}

function holdsOriginal(host: ActuationHost, entry: JournalEntry): boolean {
  const now = readControl(host.layout, entry, host.calls);
  return (
    now === undefined ||
    now.inode !== entry.inode ||
    valueOf(entry, now.text) === valueOf(entry, entry.original)
  );
}

function reportOf(
  host: ActuationHost,
  entry: JournalEntry,
  state: FileState,
  failures: ReadonlyMap<string, string>,
): RestoredFile {
  const { path, file, original } = entry;
  const report = (outcome: RestoreOutcome, detail?: string): RestoredFile => {
    return { path, file, outcome, original: original.trim(), ...(detail !== undefined && { detail }) };
  };
  if (state.kind === 'failed') return report('failed', state.why);
  if (state.kind === 'gone' || state.kind === 'recreated') return report(state.kind);
  if (state.kind === 'changed_by_other') return report(state.kind, state.now.text.trim());
  const after = readControl(host.layout, entry, host.calls);
  if (after === undefined) return report('gone');
  if (after.inode !== entry.inode) return report('recreated');
  if (valueOf(entry, after.text) === valueOf(entry, original)) {
    return report(state.kind === 'to_do' ? 'restored' : 'already_original');
  }
  return report('failed', failures.get(fileKey(entry)) ?? `it holds ${after.text.trim()}`);
}

/** Keeps what is not done for the next time; without any, the journal goes. Returns why that failed. */
async function keepUnfinished(
  host: ActuationHost,
  journal: JournalDocument,
  files: readonly RestoredFile[],
): Promise<string | undefined> {
  const entries = journal.entries.filter((_, at) => {
    const outcome = files[at]?.outcome;
    return outcome === 'failed' || outcome === 'changed_by_other';
  });
  try {
    await writeJournal(host.stateFolder, { ...journal, entries }, host.calls);
    return undefined;
  } catch (error) {
    if (error instanceof JournalError) return error.message;
    throw error;
  }
}

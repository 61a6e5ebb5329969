/** From the settings of a plan to single writes of single files, and to what the journal must know before the first. */
import {
  readCgroupId,
  readControl,
  type ControlFile,
  type ControlReading,
} from '../../host/cgroup-writer.ts';
import type { PlannedWrite } from '../plan/plan.ts';
import { formatSetting, sameSetting, type Setting } from '../plan/setting.ts';
import { valueOf, type JournalEntry } from '../state/journal-entry.ts';
import type { ActuationHost } from './actuation-host.ts';
import { filesOf, parseSetting, sideEffects, textsBetween } from './knob-files.ts';

export interface FileWrite extends ControlFile {
  readonly text: string;
  readonly inode: bigint;
  /** The setting that must stand there once the last of its files is written; absent for those before. */
  readonly completes?: Setting;
  readonly planned: PlannedWrite;
}

/** Everything that a plan will do, read from the cgroups as they are. */
export interface Preparation {
  readonly writes: readonly FileWrite[];
  readonly intents: readonly JournalEntry[];
}

/** Why a plan cannot be carried out as it is; nothing was written. */
export class PreparationError extends Error {
  override readonly name = 'PreparationError';
}

/** Reads every file that the plan writes or changes by the way. Throws PreparationError, CgroupWriteError. */
export function prepareWrites(host: ActuationHost, plan: readonly PlannedWrite[]): Preparation {
  const { version } = host.layout;
  const readings = new Map<string, ControlReading>();
  const intents = new Map<string, JournalEntry>();
  const started = new Set<string>();
  const writes: FileWrite[] = [];
  for (const planned of plan) {
    const { path, from, to } = planned;
    const readingOf = ({ controller, file }: Omit<ControlFile, 'path'>): ControlReading =>
      known(readings, `${path}/${file}`, () => readThis(host, { controller, path, file }));
    const knobKey = `${path} ${to.knob}`;
    if (!started.has(knobKey)) checkGround(host, planned, started, readingOf);
    started.add(knobKey);
    // All files of a setting, written or not: together they say what its baseline is.
    for (const each of filesOf(version, to.knob)) note(intents, planned, each, readingOf(each));
    const texts = textsBetween(version, from, to);
    texts.forEach((each, at) => {
      const { inode, text: original } = readingOf(each);
      const isLast = at === texts.length - 1;
      writes.push({ ...each, path, inode, planned, ...(isLast && { completes: to }) });
      note(intents, planned, each, { inode, text: original });
      for (const effect of sideEffects(version, each)) note(intents, planned, effect, readingOf(effect));
    });
  }
  return { writes, intents: [...intents.values()] };
}

/** The cgroup is the one that was observed, and holds what the plan thinks it holds. */
function checkGround(
  host: ActuationHost,
  { path, cgroupId, from }: PlannedWrite,
  started: ReadonlySet<string>,
  readingOf: (file: Omit<ControlFile, 'path'>) => ControlReading,
): void {
  const id = readCgroupId(host.layout, path, host.calls);
  if (id === undefined) throw new PreparationError(`${path} is gone`);
  if (id !== cgroupId) throw new PreparationError(`${path} was re-created since it was observed`);
  // A group shows its weight only once it has left the idle class, which the same plan does first.
  if (from.knob === 'weight' && started.has(`${path} idle`)) return;
  const { version } = host.layout;
  const texts = filesOf(version, from.knob).map((file) => readingOf(file).text);
  const now = parseSetting(version, from.knob, texts);
  if (sameSetting(now, from)) return;
  throw new PreparationError(
    `${path} has ${formatSetting(now)} and not ${formatSetting(from)} as it was observed`,
  );
}

function readThis(host: ActuationHost, file: ControlFile): ControlReading {
  const reading = readControl(host.layout, file, host.calls);
  if (reading === undefined) throw new PreparationError(`${file.path} has no ${file.file}, or is gone`);
  return reading;
}

function note(
  intents: Map<string, JournalEntry>,
  { path, cgroupId }: PlannedWrite,
  { controller, file, text }: Omit<ControlFile, 'path'> & { readonly text?: string },
  now: ControlReading,
): void {
  const key = `${path}/${file}`;
  const intent = intents.get(key);
  const ours = [...(intent?.ours ?? []), ...(text === undefined ? [] : [valueOf({ file }, text)])];
  intents.set(key, { controller, path, file, cgroupId, inode: now.inode, original: now.text, ours });
}

function known<Value>(values: Map<string, Value>, key: string, make: () => Value): Value {
  const value = values.get(key) ?? make();
  values.set(key, value);
  return value;
}

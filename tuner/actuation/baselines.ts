/** What the journal knows of the time before the tuner, as the settings that policies and plans work with. */
import { readControl } from '../../host/cgroup-writer.ts';
import { KernelTextError } from '../../kernel/kernel-text-error.ts';
import type { CgroupVersion } from '../../kernel/sample.ts';
import { knobs, type Knob } from '../plan/setting.ts';
import type { Baseline } from '../policy/policy.ts';
import {
  fileKey,
  valueOf,
  withAdopted,
  type JournalDocument,
  type JournalEntry,
} from '../state/journal-entry.ts';
import { writeJournal } from '../state/journal.ts';
import type { ActuationHost } from './actuation-host.ts';
import { currentJournal } from './apply-plan.ts';
import { filesOf, parseSetting } from './knob-files.ts';

/** The baseline of every setting that was written. An idle group's weight is none: it is the idle class's. */
export function baselinesOf({ cgroupVersion, entries }: JournalDocument): readonly Baseline[] {
  const byPath = Map.groupBy(entries, ({ path }) => path);
  return [...byPath].flatMap(([path, own]) =>
    knobs.flatMap((knob) => baselineOf(cgroupVersion, knob, path, own)),
  );
}

function baselineOf(
  version: CgroupVersion,
  knob: Knob,
  path: string,
  entries: readonly JournalEntry[],
): readonly Baseline[] {
  const originals = filesOf(version, knob).map(({ file }) => entries.find((entry) => entry.file === file));
  const known = originals.filter((entry) => entry !== undefined);
  const [first] = known;
  if (!first || known.length < originals.length || (knob === 'weight' && wasIdle(entries))) return [];
  const { cgroupId } = first;
  const texts = known.map(({ original }) => original);
  try {
    return [{ path, cgroupId, setting: parseSetting(version, knob, texts) }];
  } catch (error) {
    // What cannot be understood is given back byte for byte by a restore, and is no setting to plan with.
    if (error instanceof KernelTextError) return [];
    throw error;
  }
}

function wasIdle(entries: readonly JournalEntry[]): boolean {
  const idle = entries.find(({ file }) => file === 'cpu.idle');
  return idle !== undefined && valueOf(idle, idle.original) === '1';
}

/** Takes what stands in a setting's files now for what is to be given back: a resize. Throws JournalError. */
export async function adoptBaseline(host: ActuationHost, path: string, knob: Knob): Promise<void> {
  const texts = new Map<string, string>();
  for (const file of filesOf(host.layout.version, knob)) {
    const now = readControl(host.layout, { ...file, path }, host.calls);
    if (now) texts.set(fileKey({ ...file, path }), now.text);
  }
  await writeJournal(host.stateFolder, withAdopted(currentJournal(host), texts), host.calls);
}

/** The demo where it cannot run live: the recording of one that ships with the package, through the same code. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deriveHostLedger } from '../../ledger/derive.ts';
import type { Sample } from '../../kernel/sample.ts';
import { windowOf } from '../observed-window.ts';
import { openRecording } from '../recorded-source.ts';
import type { DemoResult } from './demo-result.ts';
import { DemoImpossible } from './run-live.ts';
import { roles } from './scene.ts';

/** Beside the sources, or, when compiled, one folder further up. */
export const demoRecordingPath = [
  '../../bench/recordings/demo.jsonl.gz',
  '../../../bench/recordings/demo.jsonl.gz',
]
  .map((place) => fileURLToPath(new URL(place, import.meta.url)))
  .find((path) => existsSync(path));

/** @param why the demo does not run live here. Throws DemoImpossible when the recording is not there. */
export async function runRecordedDemo(why: string): Promise<DemoResult> {
  if (demoRecordingPath === undefined) throw new DemoImpossible('the recording of the demo is missing');
  const recording = await openRecording(demoRecordingPath);
  const samples: Sample[] = [];
  for await (const sample of recording.samples()) samples.push(sample);
  const [start, end] = [samples[0], samples.at(-1)];
  if (!start || !end) throw new DemoImpossible('the recording of the demo is empty');
  const ledger = deriveHostLedger(start, end);
  const { pressureShare } = windowOf(start, end, ledger);
  const named = (name: string) => ledger.containers.find((container) => container.identity.name === name);
  const [victim, neighbour] = [named(roles.victim.name), named(roles.neighbour.name)];
  if (!victim || !neighbour) throw new DemoImpossible('the recording of the demo holds another scene');
  return {
    origin: { kind: 'recording', why },
    ledger,
    victim,
    neighbour,
    ...(pressureShare !== undefined && { pressureShare }),
  };
}

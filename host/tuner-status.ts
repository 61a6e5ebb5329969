/**
 * What the tuner says of itself, in one small file: it listens on nothing, so the agent reads this and publishes it.
 *
 *     {"formatVersion":1,"wallTimeMs":1795307431000,"isApplying":true,"policy":"ladder","actions":[{"rung":"weights",...
 */
import { renameSync, writeFileSync } from 'node:fs';
import { nodeFileCalls, type FileCalls } from './file-calls.ts';
import { probedText, readProbe } from './probe.ts';
import { amount, arrayOf, flag, objectOf, oneOf, text, whole } from '../kernel/json-shape.ts';
import { KernelTextError } from '../kernel/kernel-text-error.ts';

export interface TunerStatus {
  readonly formatVersion: 1;
  /** Wall clock of its latest step, milliseconds since the epoch. */
  readonly wallTimeMs: number;
  /** False: a dry run. */
  readonly isApplying: boolean;
  readonly policy: string;
  /** Since it started. */
  readonly actions: readonly CountedAction[];
  readonly drifts: readonly CountedDrift[];
  /** Containers of which a receipt has both a prediction and a measurement, and the sum of the differences. */
  readonly predictions: { readonly count: number; readonly errorCores: number };
  /** Containers on whose behalf something stands now, by rung. */
  readonly tuned: readonly { readonly rung: string; readonly containers: number }[];
}

/** `result`: written, kept, rolled_back or given_up. */
export interface CountedAction {
  readonly rung: string;
  readonly result: string;
  readonly count: number;
}

export interface CountedDrift {
  readonly actor: string;
  readonly count: number;
}

const shape = objectOf<TunerStatus>({
  formatVersion: oneOf(1),
  wallTimeMs: amount,
  isApplying: flag,
  policy: text,
  actions: arrayOf(objectOf<CountedAction>({ rung: text, result: text, count: whole() })),
  drifts: arrayOf(objectOf<CountedDrift>({ actor: text, count: whole() })),
  predictions: objectOf<TunerStatus['predictions']>({ count: whole(), errorCores: amount }),
  tuned: arrayOf(objectOf<TunerStatus['tuned'][number]>({ rung: text, containers: whole() })),
});

export const tunerStatusFile = 'status.json';

/** Throws KernelTextError. */
export function parseTunerStatus(json: string, path: string): TunerStatus {
  const refuse = (at: string, expected: string, found: string): never => {
    throw new KernelTextError(path, 1, at === '' ? expected : `${expected} at ${at.slice(1)}`, found);
  };
  return shape.decode(parseJson(json, refuse), '', refuse);
}

function parseJson(json: string, refuse: (at: string, expected: string, found: string) => never): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return refuse('', 'JSON', json);
  }
}

/** Undefined where there is no tuner, or its file may not be read or is not understood. */
export function readTunerStatus(path: string, calls: FileCalls = nodeFileCalls): TunerStatus | undefined {
  const found = probedText(readProbe(path, calls));
  if (found === undefined) return undefined;
  try {
    return parseTunerStatus(found, path);
  } catch {
    return undefined; // shown as absent, like a tuner that never ran
  }
}

/** Whole or not at all, for a reader at any moment; readable by the agent. Throws what the system says. */
export function writeTunerStatus(folder: string, status: TunerStatus): void {
  const path = `${folder}/${tunerStatusFile}`;
  writeFileSync(`${path}.new`, `${JSON.stringify(status)}\n`, { mode: 0o644 });
  renameSync(`${path}.new`, path);
}

/** The shape of an explanation: sections of plain statements, each with the files that its numbers come from. */
import type { ContainerLedger } from '../../ledger/ledger.ts';
import { formatCores } from '../render/numbers.ts';
import type { Evidence } from './evidence.ts';
import type { FilePlaces } from './kernel-files.ts';

export interface Statement {
  readonly text: string;
  /** Files that the numbers in the text were read from. */
  readonly files: readonly string[];
}

export interface Section {
  readonly title: string;
  readonly statements: readonly Statement[];
}

/** Turns evidence into the statements of one section; nothing to say is no section. */
export type Topic = (evidence: Evidence, places: FilePlaces) => readonly Statement[];

export interface Explanation {
  readonly name: string;
  readonly path: string;
  readonly windowCount: number;
  readonly seconds: number;
  readonly wallTimeMs: number;
  readonly verdict: string;
  readonly sections: readonly Section[];
}

export function say(text: string, ...files: readonly string[]): Statement {
  return { text, files };
}

/** CPU-seconds of a ledger as CPUs: `1.30 CPU`. */
export function cpu(ledger: ContainerLedger, seconds: number): string {
  return `${formatCores(seconds / ledger.windowSeconds)} CPU`;
}

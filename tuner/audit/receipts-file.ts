/**
 * Receipts on disk, one JSON line each, newest last. Two files at most: when the newer one is full it takes the place of
 * the older one, so that the space is bounded and a year of receipts is kept.
 */
import { appendFileSync, readFileSync, renameSync, statSync } from 'node:fs';
import { errnoOf } from '../../host/host-read-error.ts';
import type { Receipt } from '../experiment/receipt.ts';

const mostBytes = 4 * 1024 * 1024;

const newer = (stateFolder: string): string => `${stateFolder}/receipts.jsonl`;
const older = (stateFolder: string): string => `${stateFolder}/receipts.1.jsonl`;

/** Throws what the system says. */
export function appendReceipts(stateFolder: string, receipts: readonly Receipt[]): void {
  if (receipts.length === 0) return;
  const path = newer(stateFolder);
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > mostBytes)
    renameSync(path, older(stateFolder));
  appendFileSync(path, receipts.map((receipt) => `${JSON.stringify(receipt)}\n`).join(''), { mode: 0o600 });
}

export interface StoredReceipts {
  /** Oldest first. */
  readonly receipts: readonly Receipt[];
  /** Lines that are no receipt: the last one of a crash, or damage. */
  readonly unreadable: number;
}

/** Throws what the system says; no file is no receipt. */
export function readReceipts(stateFolder: string): StoredReceipts {
  const lines = [older(stateFolder), newer(stateFolder)].flatMap((path) => linesOf(path));
  const receipts = lines.flatMap((line) => parseReceipt(line) ?? []);
  return { receipts, unreadable: lines.length - receipts.length };
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Written by this program alone: what parses and has a receipt's first fields is one. */
function parseReceipt(line: string): Receipt | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isReceipt(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isReceipt(value: unknown): value is Receipt {
  return (
    typeof value === 'object' &&
    value !== null &&
    'container' in value &&
    typeof value.container === 'string' &&
    'result' in value &&
    'wallTimeMs' in value &&
    typeof value.wallTimeMs === 'number' &&
    'containers' in value &&
    Array.isArray(value.containers)
  );
}

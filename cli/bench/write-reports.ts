import { accessSync, constants, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { formatPage } from '../../bench/report/page.ts';
import { readUplot } from '../../bench/report/uplot.ts';
import type { BenchResult } from '../../bench/run/result.ts';
import { asWriteFailure } from '../failures.ts';

/** Writes whole files or none: a reader never sees half a result. Throws CliError. */
export function writeReports(
  result: BenchResult,
  files: { readonly json?: string; readonly html?: string },
): void {
  if (files.json !== undefined) writeWhole(files.json, `${JSON.stringify(result)}\n`);
  if (files.html !== undefined) writeWhole(files.html, formatPage(result, readUplot()));
}

/** Before hours of measuring: whether the result will find a place. Throws CliError. */
export function checkWritable(path: string): void {
  try {
    accessSync(dirname(path), constants.W_OK);
    if (statSync(path, { throwIfNoEntry: false })) accessSync(path, constants.W_OK);
  } catch (error) {
    throw asWriteFailure(error, path);
  }
}

function writeWhole(path: string, text: string): void {
  const unfinished = `${path}.unfinished`;
  try {
    writeFileSync(unfinished, text);
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw asWriteFailure(error, path);
  }
}

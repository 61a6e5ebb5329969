/** uPlot as text, to stand inside a page: the page then needs no network and no file beside it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export interface UplotText {
  readonly script: string;
  readonly style: string;
}

/** Throws where the package is not installed. */
export function readUplot(): UplotText {
  const { resolve } = createRequire(import.meta.url);
  const read = (file: string): string => readFileSync(resolve(`uplot/dist/${file}`), 'utf8');
  return { script: read('uPlot.iife.min.js'), style: read('uPlot.min.css') };
}

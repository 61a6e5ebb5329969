/**
 * Lines of kernel text. Every line ends with a newline; text that was cut may lack the last one. An empty line is a
 * line like any other, the nothing after the last newline is not. Lines are numbered from 1.
 */
import { KernelTextError } from './kernel-text-error.ts';

/** Calls `visit` for each line, without its newline, until it returns 'stop'. */
export function eachLine(
  text: string,
  visit: (line: string, lineNumber: number) => 'stop' | undefined,
): void {
  let lineNumber = 0;
  for (let start = 0; start < text.length;) {
    const end = lineEnd(text, start);
    lineNumber += 1;
    if (visit(text.slice(start, end), lineNumber) === 'stop') return;
    start = end + 1;
  }
}

/** The text of a file that holds one line: without its newline. */
export function onlyLine(text: string): string {
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}

/** Where the first line that begins with `prefix` starts, or -1. */
export function lineStarting(text: string, prefix: string): number {
  if (text.startsWith(prefix)) return 0;
  const newline = text.indexOf(`\n${prefix}`);
  return newline < 0 ? -1 : newline + 1;
}

/** Where the line that holds position `start` ends: at its newline, or at the end of the text. */
export function lineEnd(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return newline < 0 ? text.length : newline;
}

/** The number of the line that holds position `at`. */
export function lineNumberAt(text: string, at: number): number {
  let lineNumber = 1;
  for (
    let newline = text.indexOf('\n');
    newline >= 0 && newline < at;
    newline = text.indexOf('\n', newline + 1)
  ) {
    lineNumber += 1;
  }
  return lineNumber;
}

/** The error for a line that the text should have had: it stands where one more line would. */
export function missingLine(expected: string, text: string, path: string): KernelTextError {
  const cut = text !== '' && !text.endsWith('\n');
  return new KernelTextError(path, lineNumberAt(text, text.length) + (cut ? 1 : 0), expected, 'end of text');
}

/** What a parser objected to, as a plain value to compare. */
import { KernelTextError } from '../../kernel/kernel-text-error.ts';

export interface Refusal {
  readonly path: string;
  readonly line: number;
  readonly expected: string;
  readonly found: string;
}

/** Runs a parser that must refuse. Fails when it does not, or throws anything but KernelTextError. */
export function refusalOf(parse: () => unknown): Refusal {
  try {
    parse();
  } catch (error) {
    if (!(error instanceof KernelTextError)) throw error;
    return { path: error.path, line: error.line, expected: error.expected, found: error.found };
  }
  throw new Error('the parser refused nothing');
}

/**
 * The one error that parsers of kernel text throw. It says where the text came from and what was wrong with it,
 * so that a person can compare it with the file.
 */
export class KernelTextError extends Error {
  override readonly name = 'KernelTextError';
  /** The file the text was read from, as the reader knew it. */
  readonly path: string;
  /** 1-based line in that text. */
  readonly line: number;
  /** What the format asks for. */
  readonly expected: string;
  /** What stood there, cut to 80 characters. */
  readonly found: string;

  constructor(path: string, line: number, expected: string, found: string) {
    const shown = found.length > 80 ? `${found.slice(0, 77)}...` : found;
    super(`${path}:${line}: expected ${expected}, found ${JSON.stringify(shown)}`);
    this.path = path;
    this.line = line;
    this.expected = expected;
    this.found = shown;
  }
}

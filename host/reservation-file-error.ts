/** What is wrong with a reservations file, and where, so that its writer can put it right. */
export class ReservationFileError extends Error {
  override readonly name = 'ReservationFileError';
  readonly path: string;
  /** 1-based; absent when the file as a whole is meant. */
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(path: string, problem: string, at?: { readonly line: number; readonly col: number }) {
    super(at ? `${path}:${at.line}:${at.col}: ${problem}` : `${path}: ${problem}`);
    this.path = path;
    this.line = at?.line;
    this.column = at?.col;
  }
}

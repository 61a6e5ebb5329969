/** What was observed cannot be used: not what the agent answers. Nothing is planned from it. */
const shownCharacters = 80;

export class ObservationError extends Error {
  override readonly name = 'ObservationError';
  readonly found: string;

  constructor(expected: string, found: string) {
    const shown = found.length > shownCharacters ? `${found.slice(0, shownCharacters)}...` : found;
    super(`the agent's list of containers: ${expected}, found ${shown}`);
    this.found = found;
  }
}

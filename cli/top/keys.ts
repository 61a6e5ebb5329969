/** Bytes of a terminal to keys. Sequences as xterm and its kin send them, in normal and application mode. */
export type Key =
  | { readonly kind: 'character'; readonly character: string }
  | {
      readonly kind:
        | 'up'
        | 'down'
        | 'page-up'
        | 'page-down'
        | 'home'
        | 'end'
        | 'enter'
        | 'escape'
        | 'backspace'
        | 'clear-line'
        | 'interrupt'
        | 'redraw';
    };

type NamedKind = Exclude<Key['kind'], 'character'>;

const named: Readonly<Record<string, NamedKind>> = {
  '\u001b[A': 'up',
  '\u001bOA': 'up',
  '\u001b[B': 'down',
  '\u001bOB': 'down',
  '\u001b[5~': 'page-up',
  '\u001b[6~': 'page-down',
  '\u001b[H': 'home',
  '\u001bOH': 'home',
  '\u001b[1~': 'home',
  '\u001b[F': 'end',
  '\u001bOF': 'end',
  '\u001b[4~': 'end',
  '\r': 'enter',
  '\n': 'enter',
  '\u001b': 'escape',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u0015': 'clear-line',
  '\u0003': 'interrupt',
  '\u000c': 'redraw',
};

/** A whole escape sequence, a lone escape, or one character. */
// eslint-disable-next-line no-control-regex -- terminals speak in control characters
const keyPattern = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|O[A-Za-z])|[\s\S]/gu;

/** The keys in a chunk of input, in order. Sequences that mean nothing here are dropped. */
export function parseKeys(bytes: string): readonly Key[] {
  return [...bytes.matchAll(keyPattern)].flatMap(([text]) => parseKey(text) ?? []);
}

function parseKey(text: string): Key | undefined {
  const kind = named[text];
  if (kind !== undefined) return { kind };
  return text >= ' ' && !text.startsWith('\u001b') ? { kind: 'character', character: text } : undefined;
}

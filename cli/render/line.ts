/**
 * Text for a terminal as values: a line is a row of spans, each with a tone. Only `paintLine` knows escape codes, so
 * everything before it is compared as plain text.
 */
export type Tone =
  | 'plain'
  | 'dim'
  | 'strong'
  | 'title'
  | 'good'
  | 'warn'
  | 'bad'
  | 'sharing'
  | 'throttled'
  | 'self'
  | 'system'
  | 'steal'
  | 'unexplained';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

export type Line = readonly Span[];

/** SGR parameters of ECMA-48; only the eight basic colours, which every theme keeps readable. */
const sgr: Readonly<Record<Tone, string>> = {
  plain: '',
  dim: '2',
  strong: '1',
  title: '1;36',
  good: '32',
  warn: '33',
  bad: '1;31',
  sharing: '31',
  throttled: '33',
  self: '34',
  system: '35',
  steal: '36',
  unexplained: '2',
};

export function span(text: string, tone: Tone = 'plain'): Span {
  return { text, tone };
}

export function plainLine(text: string, tone: Tone = 'plain'): Line {
  return [span(text, tone)];
}

export function paintLine(line: Line, colour: boolean): string {
  const text = line
    .map(({ text, tone }) => (colour && sgr[tone] !== '' ? `\u001b[${sgr[tone]}m${text}\u001b[0m` : text))
    .join('');
  return text;
}

export function paintLines(lines: readonly Line[], colour: boolean): string {
  // Spaces at the end of a line are only in the way of whoever copies or compares it.
  return lines.map((line) => `${paintLine(line, colour).trimEnd()}\n`).join('');
}

/** The line cut or filled to exactly `columns`. */
export function fitLine(line: Line, columns: number, fill: Tone = 'plain'): Line {
  const fitted: Span[] = [];
  let left = columns;
  for (const { text, tone } of line) {
    const cut = text.length <= left ? text : text.slice(0, left);
    if (cut !== '') fitted.push(span(cut, tone));
    left -= cut.length;
  }
  return left > 0 ? [...fitted, span(' '.repeat(left), fill)] : fitted;
}

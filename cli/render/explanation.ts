/** An explanation as lines for a terminal; files as numbered notes at the end, so that the sentences stay readable. */
import type { Explanation, Statement } from '../explain/explanation.ts';
import { plainLine, span, type Line } from './line.ts';
import { formatDuration, formatWallTime } from './numbers.ts';
import { counted, printable, wrapWords } from './words.ts';

const widest = 100;

export function renderExplanation(explanation: Explanation, columns: number): readonly Line[] {
  const width = Math.min(columns, widest);
  const notes = new Map<string, number>();
  const sections = explanation.sections.flatMap(({ title, statements }) => [
    plainLine(''),
    plainLine(title, 'strong'),
    ...statements.flatMap((statement) => renderStatement(statement, notes, width)),
  ]);
  return [
    [span(explanation.name, 'title'), span(`  ${printable(explanation.path)}`, 'dim')],
    plainLine(
      `${formatDuration(explanation.seconds)} in ${counted(explanation.windowCount, 'window')}, until ${formatWallTime(explanation.wallTimeMs)} UTC`,
      'dim',
    ),
    plainLine(''),
    ...wrapWords(explanation.verdict, width).map((text) => plainLine(text, 'strong')),
    ...sections,
    plainLine(''),
    plainLine('Read from', 'strong'),
    ...[...notes].map(([file, number]) => plainLine(`  [${number}] ${printable(file)}`, 'dim')),
  ];
}

function renderStatement(statement: Statement, notes: Map<string, number>, width: number): readonly Line[] {
  const marks = statement.files.map((file) => {
    const number = notes.get(file) ?? notes.size + 1;
    notes.set(file, number);
    return `[${number}]`;
  });
  const text = [`- ${statement.text}`, marks.join('')].filter((part) => part !== '').join(' ');
  return wrapWords(text, width - 2, '  ').map((line) => markedLine(`  ${line}`));
}

/** The notes' numbers in grey. */
function markedLine(text: string): Line {
  return text
    .split(/((?:\[\d+\])+$)/)
    .filter((part) => part !== '')
    .map((part) => span(part, /^\[\d+\]/.test(part) ? 'dim' : 'plain'));
}

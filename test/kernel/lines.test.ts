import t from 'tap';
import { eachLine, lineEnd, lineNumberAt, lineStarting, missingLine, onlyLine } from '../../kernel/lines.ts';

function linesOf(text: string): [string, number][] {
  const lines: [string, number][] = [];
  eachLine(text, (line, lineNumber) => {
    lines.push([line, lineNumber]);
    return undefined;
  });
  return lines;
}

t.test('visits every line', async (t) => {
  const rows: [text: string, lines: [string, number][]][] = [
    ['', []],
    ['\n', [['', 1]]],
    ['a\n', [['a', 1]]],
    [
      'a\n\nb',
      [
        ['a', 1],
        ['', 2],
        ['b', 3],
      ],
    ],
  ];
  for (const [text, lines] of rows) t.strictSame(linesOf(text), lines, JSON.stringify(text));
});

t.test('stops when told to', async (t) => {
  const seen: string[] = [];
  eachLine('a\nb\nc\n', (line) => {
    seen.push(line);
    return line === 'b' ? 'stop' : undefined;
  });
  t.strictSame(seen, ['a', 'b']);
});

t.test('takes one newline off a single line', async (t) => {
  t.equal(onlyLine('max 100000\n'), 'max 100000');
  t.equal(onlyLine('max 100000'), 'max 100000');
  t.equal(onlyLine('0\n\n'), '0\n');
});

t.test('finds lines by how they start, and their ends and numbers', async (t) => {
  const text = 'cpu 1\nbtime 2\nnot btime 3';
  t.equal(lineStarting(text, 'cpu '), 0);
  t.equal(lineStarting(text, 'btime '), 6);
  t.equal(lineStarting(text, 'time '), -1);
  t.equal(lineEnd(text, 6), 13);
  t.equal(lineEnd(text, 14), text.length);
  t.strictSame(
    [0, 5, 6, 13, 14, 24].map((at) => lineNumberAt(text, at)),
    [1, 1, 2, 2, 3, 3],
  );
});

t.test('puts a missing line after the last one', async (t) => {
  t.equal(missingLine('a line', '', 'p').line, 1);
  t.equal(missingLine('a line', 'a\n', 'p').line, 2);
  t.equal(missingLine('a line', 'a\nb', 'p').message, 'p:3: expected a line, found "end of text"');
});

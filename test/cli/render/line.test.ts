import t from 'tap';
import { fitLine, paintLine, paintLines, plainLine, span } from '../../../cli/render/line.ts';

t.test('only colour brings escape codes', async (t) => {
  const line = [span('gap ', 'dim'), span('0.20', 'bad'), span('  ')];
  t.equal(paintLine(line, false), 'gap 0.20  ');
  t.equal(paintLines([line], false), 'gap 0.20\n');
  t.equal(paintLine(line, true), '\u001b[2mgap \u001b[0m\u001b[1;31m0.20\u001b[0m  ');
  t.equal(paintLines([plainLine('a'), plainLine('b')], false), 'a\nb\n');
});

t.test('a fitted line has exactly the width', async (t) => {
  t.equal(paintLine(fitLine([span('abc'), span('def', 'bad')], 4), true), 'abc\u001b[1;31md\u001b[0m');
  t.same(fitLine(plainLine('ab'), 4), [span('ab'), span('  ')]);
  t.same(fitLine([], 2), [span('  ')]);
});

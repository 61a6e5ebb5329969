import t from 'tap';
import { paintLine, span } from '../../../cli/render/line.ts';
import { layOut, renderRow, renderTitles, type Column } from '../../../cli/render/table.ts';
import { fc } from '../../support/properties.ts';

interface Row {
  readonly name: string;
  readonly size: string;
}

const columns: readonly Column<Row>[] = [
  { title: 'NAME', align: 'left', minimum: 6, maximum: 10, rank: 0, cell: ({ name }) => [span(name)] },
  { title: 'SIZE', align: 'right', minimum: 4, rank: 1, cell: ({ size }) => [span(size)] },
  {
    title: 'NOTE',
    align: 'left',
    minimum: 4,
    maximum: 6,
    rank: 2,
    cell: (_row, width) => [span('*'.repeat(width))],
  },
];
const row = { name: 'a-long-name', size: '12' };
const draw = (width: number): readonly string[] => {
  const placed = layOut(columns, width);
  return [renderTitles(placed), renderRow(placed, row)].map((line) => paintLine(line, false).trimEnd());
};

t.test('spare width goes by importance, and narrow tables drop columns', async (t) => {
  t.same(draw(40), ['NAME        SIZE  NOTE', 'a-lon~name    12  ******']);
  t.same(draw(22), ['NAME        SIZE  NOTE', 'a-lon~name    12  ****']);
  t.same(draw(18), ['NAME    SIZE  NOTE', 'a-l~me    12  ****']);
  t.same(draw(17), ['NAME        SIZE', 'a-lon~name    12']);
  t.same(draw(11), ['NAME', 'a-lon~name']);
  t.same(draw(3), ['NAME', 'a-l~me'], 'the first column stays, whatever the width');
});

t.test('no row is wider than asked, once the first column fits', async () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.integer({ min: 6, max: 60 }), (name, size, width) => {
      const line = renderRow(layOut(columns, width), { name, size });
      return line.reduce((sum, { text }) => sum + text.length, 0) <= width;
    }),
  );
});
